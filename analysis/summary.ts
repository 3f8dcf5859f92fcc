import type { ClosedFirst, ConnectionRow, HowEnded } from './connection-row.js';
import type { LimitedBy } from './limited-by.js';
import type { NotableConnection } from './notable.js';

/** Traffic of connections while they were recorded, added up. Bytes of which nothing is known count 0. */
export interface Traffic {
  connections: number;
  /** Payload sent, retransmissions included; what was acknowledged where the kernel does not count it (before 4.19). */
  bytesSent: number;
  bytesReceived: number;
  bytesRetrans: number;
}

/** The traffic of one peer. */
export interface PeerTraffic extends Traffic {
  /** Address of the peer. */
  readonly peer: string;
  /** Bytes and connections of before the peer was tracked are missing: at most these many bytes. 0: nothing is. */
  readonly missingBytes: number;
}

/** The traffic of one port. */
export interface PortTraffic extends Traffic {
  readonly port: number;
}

/** One of the connections that retransmitted the most. */
export type Retransmitter = Pick<
  ConnectionRow,
  | 'uuid'
  | 'localAddress'
  | 'localPort'
  | 'remoteAddress'
  | 'remotePort'
  | 'startTime'
  | 'bytesSent'
  | 'bytesRetrans'
  | 'totalRetrans'
  | 'minRttUs'
  | 'medianRttUs'
  | 'limitedBy'
  | 'howEnded'
> & {
  /** Share of what was sent, by bytes or else by segments; null when neither is known. */
  readonly retransmitRate: number | null;
};

/** A distribution over connections; each counts once. All but `ranges` null when empty. Quantiles to 1 %. */
export interface Distribution {
  readonly count: number;
  readonly min: number | null;
  readonly p5: number | null;
  readonly p25: number | null;
  readonly median: number | null;
  readonly p75: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
  /**
   * For a picture: how many lie from `from` to below `to`, which is null above 5,000 s. Equal widths where the greatest is
   * less than ten times the least, else 1, 2 and 5 times the powers of ten. Empty ends are left out.
   */
  readonly ranges: readonly { readonly from: number; readonly to: number | null; readonly count: number }[];
}

/** Connects to one destination that never opened. */
export interface FailedConnects {
  /** Address of the peer. */
  readonly peer: string;
  readonly port: number;
  /** Connects counted; some may be missing where there are more than 1,024 destinations. */
  readonly connections: number;
}

/** Connection that a cause held up for longer than any other. */
export interface MostLimited {
  /** Null of an archive without metadata. */
  readonly uuid: string | null;
  readonly us: number;
}

/** Part of a summary about what held connections up. */
export interface HeldUpSummary {
  /**
   * Connections older than their recording, and the bytes that they had moved before it. These bytes are in no other
   * figure of a summary.
   */
  readonly beforeRecording: Readonly<Traffic>;
  /** Connections that never opened. */
  readonly neverOpened: number;
  /** Destinations of connects that never opened, the most frequent first. */
  readonly failedConnects: readonly FailedConnects[];
  /** Connection with the most time of each cause; null where there is none. */
  readonly mostLimited: Readonly<Record<LimitedBy, MostLimited | null>>;
}

/** Many connections added up. Plain data: `JSON.stringify` writes all of it. Times in microseconds. */
export interface Summary extends Readonly<Traffic>, HeldUpSummary {
  readonly snapshots: number;
  /** Timestamp of the earliest snapshot, as archived; null when there is no connection. */
  readonly from: string | null;
  /** Timestamp of the latest snapshot. */
  readonly to: string | null;
  /** Segments retransmitted, SYN and FIN too. */
  readonly totalRetrans: number;
  readonly families: { readonly ipv4: number; readonly ipv6: number };
  /** Connections by congestion algorithm, the most frequent first. */
  readonly congestionAlgorithms: readonly { readonly algorithm: string; readonly connections: number }[];
  /** The busiest remote addresses by bytes both ways. */
  readonly peers: readonly PeerTraffic[];
  /** The busiest local ports by the same measure; without those above 32767 that only one connection has, which were picked for it. */
  readonly localPorts: readonly PortTraffic[];
  /** The busiest remote ports by the same measure. */
  readonly remotePorts: readonly PortTraffic[];
  /** Distribution of connections' durations. */
  readonly durationUs: Distribution;
  /** Distribution of connections' median round-trip times. */
  readonly rttUs: Distribution;
  /** Distribution of connections' smallest round-trip times. */
  readonly minRttUs: Distribution;
  /** Connections that retransmitted the most bytes of data; or segments, where bytes are not known. */
  readonly retransmitters: readonly Retransmitter[];
  /**
   * Connections that moved the least in the time in which they were at work: acknowledged bytes by the time of known causes
   * other than `idle` and `peer`, the slowest first. Only those that were at work for 1 s or more, kept data waiting
   * (`cwnd`, `rwnd`, `sndbuf`, `pacing`, `loss`) for half of that at least, opened, and moved 64 KiB or kept data waiting
   * for 5 s.
   */
  readonly slowest: readonly NotableConnection[];
  /** Connections of the longest known life: what is recorded, and what they were older by. */
  readonly longest: readonly NotableConnection[];
  /** Connections of the most bytes both ways while they were recorded. */
  readonly largest: readonly NotableConnection[];
  /** By cause: time in all connections, and connections that it limited for most of their time. */
  readonly limitedBy: Readonly<Record<LimitedBy, { readonly us: number; readonly connections: number }>>;
  /** Part of the time of `pacing` in which a rate that was set (SO_MAX_PACING_RATE) was what paced. */
  readonly maxPacingRateUs: number;
  /** Connections of which it is not known. */
  readonly limitedByUnknown: number;
  readonly closedFirst: Readonly<Record<ClosedFirst, number>>;
  readonly howEnded: Readonly<Record<HowEnded, number>>;
}
