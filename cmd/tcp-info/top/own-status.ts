import { hostname } from 'node:os';
import { ownNamespaceInode, packageVersion } from '../../../host/index.js';
import type { ConnectionStore } from '../../../live/store/index.js';
import type { StatusJson } from '../../../live/wire/index.js';

/** Facts about a store in this process. */
export interface OwnFacts {
  readonly loopback: boolean;
  /** Time between two scans, microseconds; null for archives. */
  readonly beatUs: number | null;
  /** Beginning of the UUIDs; absent for archives. */
  readonly uuidPrefix?: string;
  /** `performance.now()` at the start. */
  readonly startedMs: number;
}

/** Returns the status of a store in this process, as a collector's API answers it. */
export function statusOf(store: ConnectionStore, { loopback, beatUs, uuidPrefix, startedMs }: OwnFacts): StatusJson {
  const { mode, size, closedSize, generation, budget, attribution } = store;
  return {
    mode,
    version: packageVersion(),
    host: hostname(),
    uptimeUs: Math.round(1000 * (performance.now() - startedMs)),
    beatUs,
    open: size - closedSize,
    closed: closedSize,
    generation,
    loopback,
    netnsInode: mode === 'live' ? (ownNamespaceInode() ?? null) : null,
    uuidPrefix: uuidPrefix ?? null,
    budget,
    attribution,
    readOnly: true,
    clients: 0,
  };
}
