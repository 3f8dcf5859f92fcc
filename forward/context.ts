import type { Logger } from '../log/index.js';
import type { Relay } from '../native/index.js';
import type { ServiceConfig } from '../services/config/index.js';
import type { CloseReason } from '../services/limits/index.js';
import type { ConnectionFigures } from '../services/statistics/index.js';
import type { DumpFiles } from './dump-files.js';
import type { Resolver } from './resolver.js';
import type { UuidOf } from './session.js';

/** Observer of forwarded connections, for metrics. */
export interface ForwardObserver {
  /** The backend of a service accepted after this time. */
  connected(service: string, connectUs: number): void;
  /** An admitted connection of a service has ended. */
  closed(service: string, figures: ConnectionFigures, reason: CloseReason): void;
}

/** Parts that all services of a forwarder share. */
export interface ForwardContext {
  readonly relay: Relay;
  readonly log: Logger;
  /** True for a line about each ended connection. */
  readonly logsSessions: boolean;
  readonly uuidOf: UuidOf;
  readonly resolver: Resolver;
  /** Returns whether a connection of a service to this address would lead back to the service. */
  readonly leadsBack: (service: ServiceConfig, address: string) => boolean;
  readonly dumps: DumpFiles;
  /** Monotonic clock of the relay, in milliseconds. */
  readonly nowMs: () => number;
  /** Brings the clocks and counters of all connections up to date, but not more often than every few milliseconds. */
  readonly refresh: () => void;
  readonly observer: ForwardObserver | undefined;
}

/** Returns CLOCK_MONOTONIC in milliseconds, which a relay's rows have. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
