import type {
  ClosedFirst,
  ConnectionCounter,
  ConnectionIdentity,
  ConnectionRow,
  Derived,
  HowEnded,
  LimitedBy,
  Observation,
} from '../../analysis/index.js';
import type { EndCause } from '../../cache/index.js';
import type {
  CgroupJson,
  FlowJson,
  MptcpJson,
  NatJson,
  PairJson,
  ProcessJson,
  ProcessUnknown,
  RowWatchJson,
} from '../wire/index.js';

/** Values of the last full second: gauges as of its last record, rates and the limit over it. */
export interface NowValues {
  readonly observation: Observation;
  /** Rates are over the last second: 0 without a record in it. */
  readonly derived: Derived;
}

/** Owner of a connection's socket. */
export interface RowOwner {
  readonly process: ProcessJson | null;
  /** Reason for which `process` is null; null if it is known. */
  readonly processUnknown: ProcessUnknown | null;
  readonly cgroup: CgroupJson | null;
}

/** Owner that is set for one socket after the other. */
export type SettableOwner = { -readonly [K in keyof RowOwner]: RowOwner[K] };

/** Flow of a connection in connection tracking, and its translation. */
export interface RowFlow {
  /** Null if the flow is not translated. */
  readonly nat: NatJson | null;
  readonly flow: FlowJson;
}

/**
 * Open or recently closed connection in a store. Objects that its getters return are overwritten by the next call on
 * any row: copy what you keep.
 */
export interface StoreRow extends RowOwner {
  /** Null if it is not translated, or its flow is not known. */
  readonly nat: NatJson | null;
  /** Other end of the connection; null if it is not seen, or not certain. */
  readonly pair: PairJson | null;
  /** True if several rows could be the other end. */
  readonly pairAmbiguous: boolean;
  /** MPTCP connection; null for a connection that is no subflow. */
  readonly mptcp: MptcpJson | null;
  /** Flow in connection tracking; null if it is not known. */
  readonly flow: FlowJson | null;
  /** UUID, `@` and start time: a socket that connects again has the same UUID. In archives without `@` if unique. */
  readonly key: string;
  /** The kernel's socket cookie; null for an archive without it. */
  readonly cookie: bigint | null;
  readonly identity: ConnectionIdentity;
  /** 16 bytes of `comparableAddress`. */
  readonly localBytes: Uint8Array;
  /** 16 bytes of `comparableAddress`. */
  readonly remoteBytes: Uint8Array;
  /** Time of the first record as in `connection`, RFC 3339. */
  readonly startTime: string;
  /** Time of the first record, microseconds since 1970. */
  readonly startUs: number;
  /** Time of the last record, microseconds since 1970. */
  readonly endUs: number;
  /** State in the last record, a `TcpState`. */
  readonly state: number;
  readonly isOpen: boolean;
  /** Cause of the end; null while it is open, and in archives. */
  readonly endCause: EndCause | null;
  /** Time of the end, microseconds since 1970; null while it is open. */
  readonly closedUs: number | null;
  /** Minimum age: time since the first record, or from it to the end, and the age then, microseconds. */
  readonly ageUs: number;
  /** Time from the first to the last record, as in `connection`. */
  readonly durationUs: number | null;
  readonly howEnded: HowEnded;
  readonly closedFirst: ClosedFirst;
  /** Returns a counter as in `connection`, which it does not make. */
  total(counter: ConnectionCounter): number | null;
  /** Returns the time that a cause limited it, as in `connection`, which it does not make; absent in other rows. */
  limitedUs?(cause: LimitedBy): number;
  /** Summary of the records so far. */
  readonly connection: ConnectionRow;
  /** Values of the last full second; null in archives. */
  readonly now: NowValues | null;
  /** Texts of values that never change, which long lists keep for the next one; absent in a row that keeps none. */
  kept?: string[] | null;
  /** Names of alerts that fire. */
  readonly alerts: readonly string[];
  /** Exact reads of the connection; null if it is not watched. */
  readonly watch: RowWatchJson | null;
}
