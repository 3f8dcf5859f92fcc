import { connectionOfFlow, endsKey, type Flow, flowEndpoints, IPPROTO_TCP } from '../../conntrack/index.js';
import type { ConnectionStore, StoreRow } from '../store/index.js';

/** Rows that are compared in one step. */
const ROWS_AT_ONCE = 256;
const PORT_VALUES = 0x10000;

/** Connections of one network namespace. */
export interface NamespaceRows {
  /** Store that has them, among others. */
  readonly store: Pick<ConnectionStore, 'rows'>;
  /** Inode of the namespace; null for the collector's own. */
  readonly netnsInode: number | null;
}

/** Flow that looks for its connection. */
interface Candidate {
  readonly flow: Flow;
  row: StoreRow | undefined;
}

/**
 * Finds the UUIDs of the connections of flows, in steps: those of sockets in its network namespace with the ends that a flow
 * has on this machine.
 */
export function* uuidsOf(
  flows: readonly Flow[],
  isLocal: (address: string) => boolean,
  { store, netnsInode }: NamespaceRows,
): Generator<void, ReadonlyMap<Flow, string>, undefined> {
  // Flows by their ends. Of several, each is in a zone of its own.
  const wanted = new Map<string, Candidate[]>();
  // Compared first: most rows belong to none of the flows.
  const ports = new Set<number>();
  for (const flow of flows) {
    if (flow.orig.protocol !== IPPROTO_TCP) continue;
    const { side, local, remote } = flowEndpoints(flow, isLocal);
    if (side === 'forwarded') continue;
    const key = endsKey(local, remote);
    const candidate: Candidate = { flow, row: undefined };
    const others = wanted.get(key);
    if (others === undefined) wanted.set(key, [candidate]);
    else others.push(candidate);
    ports.add(portsKey(local.port ?? 0, remote.port ?? 0));
    if (wanted.size % ROWS_AT_ONCE === 0) yield;
  }
  const uuids = new Map<Flow, string>();
  if (wanted.size === 0) return uuids;
  let seen = 0;
  for (const row of store.rows()) {
    if (++seen % ROWS_AT_ONCE === 0) yield;
    const { identity } = row;
    const { localPort, remotePort, localAddress, remoteAddress } = identity;
    if (identity.netnsInode !== netnsInode || !ports.has(portsKey(localPort, remotePort))) continue;
    const key = endsKey({ address: localAddress, port: localPort }, { address: remoteAddress, port: remotePort });
    for (const candidate of wanted.get(key) ?? []) {
      candidate.row = connectionOfFlow(candidate.flow, candidate.row, row);
    }
  }
  for (const { flow, row } of [...wanted.values()].flat()) {
    const uuid = row?.identity.uuid ?? null;
    if (uuid !== null) uuids.set(flow, uuid);
  }
  return uuids;
}

function portsKey(localPort: number, remotePort: number): number {
  return localPort * PORT_VALUES + remotePort;
}
