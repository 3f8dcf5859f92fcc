import type { LimitedBy } from '../../analysis/index.js';
import type { ProcessUnknown } from './process.js';
import type { FlowJson, RowJson } from './row.js';

/** Window of a view of connections: answer of `/connections`. */
export interface ViewJson {
  /** Time of the values, RFC 3339 UTC. */
  readonly time: string;
  /** Number of the second's computation; it grows by one with each. */
  readonly generation: number;
  /** Number of connections in the store, open and closed. */
  readonly total: number;
  /** Number of connections that the filter and `closed` chose. */
  readonly matched: number;
  /** Number of closed connections in the store. */
  readonly closed: number;
  readonly offset: number;
  readonly connections: readonly RowJson[];
}

/** Message `view` of a stream: all of the window. */
export interface ViewEventJson {
  readonly time: string;
  readonly generation: number;
  readonly total: number;
  readonly matched: number;
  readonly closed: number;
  readonly offset: number;
  /** Messages that were not sent before this one, because the client had not read the last one. */
  readonly skipped?: number;
  /** Keys of the rows in the window, in order. */
  readonly order: readonly string[];
  readonly rows: Readonly<Record<string, RowJson>>;
}

/** Message `delta` of a stream: changes of the window since the message before. */
export interface DeltaEventJson {
  readonly time: string;
  readonly generation: number;
  readonly total: number;
  readonly matched: number;
  readonly closed: number;
  /** Keys of the rows in the window, if the order or the window's rows changed. */
  readonly order?: readonly string[];
  /** Changed rows: of known ones only the changed keys of each part, of new ones all. */
  readonly rows: Readonly<Record<string, RowJson>>;
  /** Keys that left the window. */
  readonly gone?: readonly string[];
}

/** Group of connections with equal values of a field. */
export interface GroupJson {
  /** Values of the grouping fields, in their order; null where a connection has none. */
  readonly key: readonly (string | number | boolean | null)[];
  /** True for the group that holds all connections beyond the largest groups. */
  readonly other?: true;
  readonly connections: number;
  /** Number of them that are closed. */
  readonly closed: number;
  /**
   * Sum of the last second's rates. In archives: bytes that all sent while recorded, divided by the time in which at least
   * one of them was; null if archives do not tell that time.
   */
  readonly sendThroughputBytesPerSec: number | null;
  /** Like `sendThroughputBytesPerSec`, for received bytes. */
  readonly receiveThroughputBytesPerSec: number | null;
  /** Share of the sent bytes that were retransmitted; null if none were sent. */
  readonly retransmitRateBytes: number | null;
  readonly rttUs: { readonly p50: number | null; readonly p95: number | null };
  /**
   * Cause that limits most of the open connections, idle ones aside; in archives the one that limited all for the
   * longest time. Null if unknown.
   */
  readonly limitedBy: LimitedBy | null;
}

/** Answer of `/groups`, largest groups first. */
export interface GroupsJson {
  readonly time: string;
  readonly generation: number;
  readonly by: readonly string[];
  readonly matched: number;
  /** Number of all groups; `groups` holds the largest. */
  readonly total: number;
  readonly groups: readonly GroupJson[];
}

/** One second of all connections together; in archives a longer part of the time. */
export interface OverviewSecondJson {
  /** Start of the second, RFC 3339 UTC. */
  readonly time: string;
  /** Connections open at its end. */
  readonly open: number;
  readonly opened: number;
  readonly closed: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly retransmittedBytes: number;
  /** Time limited by each cause, all connections together, microseconds; causes without time are absent. */
  readonly limitedUs: Readonly<Partial<Record<LimitedBy, number>>>;
}

/** Answer of `/overview`. */
export interface OverviewJson {
  /** Time that was asked for; in archives all of the recorded time. */
  readonly windowUs: number;
  /** Width of each of `seconds`, microseconds: a second; in archives so much that 600 of them hold all. */
  readonly widthUs: number;
  /** In archives, bytes and limited times of a connection are spread evenly over its time. */
  readonly seconds: readonly OverviewSecondJson[];
}

/** Answer of `/summary`: what held the chosen connections up, in the words of `tcp-info summary`. */
export interface SummaryJson {
  /** Time of the values, RFC 3339 UTC. */
  readonly time: string;
  readonly generation: number;
  /** Number of connections that the filter and `closed` chose. */
  readonly connections: number;
  /** Number of them that were slow, as `is:slow` says. */
  readonly slow: number;
  /** Sentence that says what held them up. */
  readonly verdict: string;
  /** Figures behind the verdict. */
  readonly evidence: string;
  readonly nextStep: string;
  /** Connection that the named cause held up for longer than any other; null without a cause. */
  readonly worst: WorstJson | null;
}

/** Connection that a cause held up for longer than any other. */
export interface WorstJson {
  readonly key: string;
  readonly cause: LimitedBy;
  /** Time that the cause held it up, microseconds. */
  readonly us: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** Smallest, mean and largest value, and quantiles, of a window. */
export interface StatsJson {
  readonly min: number | null;
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly max: number | null;
}

/** Answer of `/connections/{id}`: all parts of the row, and statistics of a window. */
export interface ConnectionAnswerJson extends RowJson {
  /** Statistics over the last seconds with a record. */
  readonly stats: {
    readonly windowUs: number;
    readonly rttUs: StatsJson;
    /** Mean deviation of the round-trip time, `tcpi_rttvar`, as of the last record; null before the first sample. */
    readonly rttvarUs: number | null;
  };
  /** Flow in connection tracking; null if none is known, or only one without translation. */
  readonly conntrack: FlowJson | null;
  /** True if the answer waited for the end, and the time was over before it. */
  readonly timedOut?: boolean;
}

/** Field of a row: one entry of `/fields`. */
export interface FieldJson {
  /** Name, without the part. */
  readonly name: string;
  /** Part of the row; empty for the row itself. */
  readonly part: string;
  readonly type:
    | 'duration'
    | 'bytes'
    | 'rate'
    | 'ratio'
    | 'count'
    | 'number'
    | 'time'
    | 'port'
    | 'text'
    | 'boolean'
    | 'address'
    | 'object';
  readonly unit: string | null;
  readonly description: string;
  /** First kernel release with the value; null if it does not come from the kernel. */
  readonly since: string | null;
  readonly aliases: readonly string[];
  /** All values that it can have, if they are few; an expression that names another one is wrong. Else null. */
  readonly values: readonly (string | number)[] | null;
  /** True if `fields=default` has it. */
  readonly default: boolean;
}

/** Answer of `/fields`. */
export interface FieldsJson {
  readonly fields: readonly FieldJson[];
  /** Names for `is:name`, with descriptions. */
  readonly flags: readonly { readonly name: string; readonly description: string }[];
}

/** Completion of an expression. */
export interface CompletionJson {
  readonly kind: 'field' | 'operator' | 'keyword' | 'unit' | 'flag' | 'value';
  readonly text: string;
  readonly description: string;
  /** Range of the expression that the text replaces. */
  readonly from: number;
  readonly to: number;
}

/** Answer of `/complete`. */
export interface CompleteJson {
  readonly completions: readonly CompletionJson[];
}

/** Memory of the store. */
export interface StoreBudgetJson {
  readonly historyBytes: number;
  readonly maxHistoryBytes: number;
  /** Seconds of history that are kept. */
  readonly historySec: number;
  readonly maxClosed: number;
  readonly keepClosedSec: number;
}

/** State of the look-up of processes. */
export interface AttributionJson {
  /** True if processes are looked up. */
  readonly on: boolean;
  /** True if processes of other users may be read (CAP_SYS_PTRACE). */
  readonly readsOthers: boolean;
  /** Number of open connections without a process, by reason. */
  readonly unknown: Readonly<Partial<Record<ProcessUnknown, number>>>;
}

/** Answer of `/status`. */
export interface StatusJson {
  /** `live`: what the kernel says now; `archive`: what archives hold. */
  readonly mode: 'live' | 'archive';
  readonly version: string;
  readonly host: string;
  readonly uptimeUs: number;
  /** Time between two scans; null in archives. */
  readonly beatUs: number | null;
  readonly open: number;
  readonly closed: number;
  readonly generation: number;
  /** True if connections over loopback are in it. */
  readonly loopback: boolean;
  /** Inode of the collector's own network namespace: that of connections without one; null in archives, or if unknown. */
  readonly netnsInode: number | null;
  /** Beginning of the UUIDs of connections in the collector's own network namespace; null in archives. */
  readonly uuidPrefix: string | null;
  readonly budget: StoreBudgetJson;
  readonly attribution: AttributionJson;
  /** Sentence that says why `mptcp` is null in all rows; absent if subflows are shown. */
  readonly mptcpUnknown?: string;
  readonly readOnly: boolean;
  readonly clients: number;
  /** Number of alerts that fire; absent without alerts. */
  readonly firing?: number;
}

/** Body of an error, `application/problem+json` (RFC 9457). */
export interface ProblemJson {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  /** Stable code, e.g. `ERR_EXPRESSION`. */
  readonly code: string;
  readonly detail: string;
  /** Position in an expression. */
  readonly at?: number;
  /** UUIDs of the connections that an id names, if it names several: at most 20. */
  readonly matches?: readonly string[];
}
