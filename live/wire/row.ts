import type { ConnectionRow, Derived, Observation } from '../../analysis/index.js';
import type { EndCause } from '../../cache/index.js';
import type { CgroupJson, ProcessJson, ProcessUnknown } from './process.js';
import type { RowWatchJson } from './watches.js';

/** Parts of a row in JSON that are null or an object; the fields of part '' are in the row itself. */
export const ROW_PARTS = ['connection', 'now', 'process', 'cgroup', 'nat', 'watch', 'pair', 'mptcp'] as const;
/** One of {@link ROW_PARTS}. */
export type RowPart = (typeof ROW_PARTS)[number];

/** Kinds of translation: of neither end, the source, the destination, or both. */
export const NAT_KINDS = ['none', 'source', 'destination', 'both'] as const;
/** One of {@link NAT_KINDS}. */
export type NatKind = (typeof NAT_KINDS)[number];

/** Translation of a connection by connection tracking: the addresses that its socket does not show. */
export interface NatJson {
  readonly kind: NatKind;
  /** True destination; for an accepted connection, the one that the client asked for. */
  readonly destination: string | null;
  /** Source that the peer sees; for an accepted connection, the client's own. */
  readonly source: string | null;
}

/** Other end of a connection, which the collector sees, too. */
export interface PairJson {
  /** Key of its row. */
  readonly key: string;
  readonly uuid: string | null;
  /** Name of its network namespace; null for the collector's own. */
  readonly netnsName: string | null;
  /**
   * Once both ends have their final counters: true if each received what the other had acknowledged. Null before, and if
   * they are unknown.
   */
  readonly agrees: boolean | null;
}

/** MPTCP connection of a subflow. */
export interface MptcpJson {
  /** Token of the connection in this network namespace, 8 hexadecimal digits. */
  readonly token: string;
  /** UUIDs of all its subflows that have a row, oldest first; this one, too. */
  readonly subflows: readonly string[];
  /** True for a subflow that either end wants as a backup only. */
  readonly backup: boolean;
  /** True for a subflow that joined the connection; false for its first. */
  readonly joined: boolean;
  /** Address ids of both ends; null if unknown. */
  readonly idLoc: number | null;
  readonly idRem: number | null;
  /** Cookie of the connection's own socket, 16 hexadecimal digits; this and all below null until it was seen. */
  readonly cookie: string | null;
  /** True if the connection goes on as plain TCP. */
  readonly fellBack: boolean | null;
  /** Counters of the whole connection; null also before Linux 6.5. */
  readonly bytesSent: number | null;
  readonly bytesAcked: number | null;
  readonly bytesReceived: number | null;
  /** Bytes that were sent again, also on another subflow. */
  readonly bytesRetrans: number | null;
  readonly retransmits: number | null;
}

/** Ends of one direction of a flow. */
export interface TupleJson {
  readonly src: string;
  readonly sport: number;
  readonly dst: string;
  readonly dport: number;
}

/** Flow of a connection in connection tracking. */
export interface FlowJson {
  /** The kernel's id, a 32-bit hash. */
  readonly id: number;
  /** Ends of the packets in the direction that opened the flow. */
  readonly orig: TupleJson;
  /** Ends of the answers, after translation. */
  readonly reply: TupleJson;
  /** `IPS_*` bits at the look-up. */
  readonly status: number;
}

/** Control group as rows show it. */
export interface CgroupRowJson extends CgroupJson {
  /** Kubernetes namespace of the pod, as in `pod`. */
  readonly podNamespace: string | null;
}

/** Values of an {@link Observation} that hold at a moment. Its counters are in `connection`. */
export type MomentKey = Exclude<
  keyof Observation,
  | 'timestamp'
  | 'timeUs'
  | 'hasInfo'
  | 'state'
  | 'infoState'
  | 'caState'
  | 'totalRetrans'
  | 'bytesAcked'
  | 'bytesReceived'
  | 'segsOut'
  | 'segsIn'
  | 'dataSegsOut'
  | 'dataSegsIn'
  | 'delivered'
  | 'bytesSent'
  | 'bytesRetrans'
  | 'busyTimeUs'
  | 'rwndLimitedUs'
  | 'sndbufLimitedUs'
>;

/** Values of the last full second: gauges as of its last record, rates and the limit over it. */
export type NowJson = Readonly<Pick<Observation, MomentKey> & Omit<Derived, 'intervalUs'>> & {
  /** State of congestion control, the kernel's name without its prefix: `Open`, `Disorder`, `CWR`, `Recovery`, `Loss`. */
  readonly caState: string | null;
  /** Goodput and received payload together. */
  readonly throughputBytesPerSec: number | null;
};

/** Row of a connection without the quantiles, which only archives have. */
export type ConnectionJson = Omit<ConnectionRow, 'medianRttUs' | 'p95RttUs' | 'process' | 'conntrack' | 'recording'> & {
  /** Time at work: with data to move, and without waiting for the peer's answer. */
  readonly atWorkUs: number;
  /** Bytes acknowledged while it was recorded, divided by the time at work; null without such a time. */
  readonly atWorkGoodputBytesPerSec: number | null;
  /** True for a slow connection; `tcp-info summary` lists the slowest. */
  readonly slow: boolean;
};

/** Values of a connection that only archives have: quantiles, and rates over the whole recorded time. */
export type ArchivedConnectionJson = Pick<ConnectionRow, 'medianRttUs' | 'p95RttUs'> & {
  /** Payload that the peer acknowledged and payload received, together. */
  readonly throughputBytesPerSec: number | null;
  /** Share of the sent bytes that were retransmitted; before Linux 4.19, share of the segments. */
  readonly retransmitRateBytes: number | null;
};

/** Connection in a list. Parts and keys are those that the request's `fields` chose. */
export interface RowJson {
  /** Key of the row: UUID, `@` and start time, because a socket that connects again has the same UUID. */
  readonly key?: string;
  readonly uuid?: string;
  /** The kernel's socket cookie, 16 hexadecimal digits. */
  readonly cookie?: string;
  /** Name of the TCP state, e.g. `ESTABLISHED`. */
  readonly state?: string;
  readonly open?: boolean;
  /** Cause of the end, as in events; null while it is open, and in archives. */
  readonly endCause?: EndCause | null;
  /** Time of the end, RFC 3339 UTC; null while it is open. */
  readonly closedTime?: string | null;
  /** Minimum age: time since the first record, or from it to the end, and the age that its clocks showed then. */
  readonly ageUs?: number;
  /** Names of alerts that fire. */
  readonly alerts?: readonly string[];
  readonly connection?: Partial<ConnectionJson & ArchivedConnectionJson>;
  /** Null in archives. */
  readonly now?: Partial<NowJson> | null;
  readonly process?: Partial<ProcessJson> | null;
  /** Reason for which `process` is null; null if it is known. */
  readonly processUnknown?: ProcessUnknown | null;
  readonly cgroup?: Partial<CgroupRowJson> | null;
  /** Null if the connection is not translated, or its flow is not known or not looked up. */
  readonly nat?: Partial<NatJson> | null;
  /** Null if the connection is not watched. */
  readonly watch?: Partial<RowWatchJson> | null;
  /** Other end; null if the collector does not see it, in archives, and if `pairAmbiguous`. */
  readonly pair?: Partial<PairJson> | null;
  /** True if several connections could be the other end, and their counters do not tell which one is. */
  readonly pairAmbiguous?: boolean;
  /** Null if it is no subflow of MPTCP, and in archives. */
  readonly mptcp?: Partial<MptcpJson> | null;
}
