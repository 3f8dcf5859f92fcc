import type { ServiceMode } from '../config/index.js';
import type { CloseReason, RejectReason } from '../limits/index.js';
import type { ServiceLimit } from './limited-times.js';

/** Connections of one client by now. */
export interface ClientReport {
  /** Address, or prefix that counts as one client. */
  readonly ip: string;
  readonly connections: number;
  /** Bytes of payload from it, in its open connections. */
  readonly up: number;
  /** Bytes of payload to it, in its open connections. */
  readonly down: number;
}

/** Connections that wait to be accepted. */
export interface AcceptQueue {
  readonly now: number;
  readonly limit: number;
}

/** Statistics of one service, as JSON. The first seven keys and their types are those of gihnius/monconn. */
export interface ServiceReport {
  readonly sid: string;
  /** Seconds since the start. */
  readonly uptime: number;
  /** Addresses of {@link clients}, joined with commas. */
  readonly ips: string;
  /** Open connections. */
  readonly connections: number;
  /** Last accept, or data from a client: Unix time in seconds. The start before any. */
  readonly accessed: number;
  /** Bytes of payload from clients, of open connections too. */
  readonly up: number;
  /** Bytes of payload to clients, of open connections too. */
  readonly down: number;
  readonly name: string;
  /** `library`: a listener of the program that asks, see `tcp-info/services`. */
  readonly mode: ServiceMode | 'library';
  readonly listen: readonly string[];
  /** Null for the program's own network namespace. */
  readonly netns: string | null;
  /** Clients by now, those with the most connections first; may be cut. */
  readonly clients: readonly ClientReport[];
  /** Number of clients by now. */
  readonly clientCount: number;
  /** Admitted connections since the start. */
  readonly accepted: number;
  readonly rejected: Readonly<Record<RejectReason, number>>;
  readonly closed: Readonly<Record<CloseReason, number>>;
  /** Round-trip times of open connections; null without any. */
  readonly rttUs: { readonly p50: number | null; readonly p95: number | null };
  /** Share of the payload sent to clients that was retransmitted, 0 to 1; null if nothing was sent or it is unknown. */
  readonly retransmitRateBytes: number | null;
  /** Shares of the connections' time, 0 to 1. */
  readonly limitedBy: Partial<Readonly<Record<ServiceLimit, number>>>;
  /** Null if unknown. */
  readonly acceptQueue: AcceptQueue | null;
  /** Longest time without data of an open connection, in seconds; null without connections. */
  readonly oldestIdleSec: number | null;
}
