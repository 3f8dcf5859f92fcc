import type { ClosedFirst, ConnectionRow, HowEnded } from './connection-row.js';
import type { LimitedBy } from './limited-by.js';
import type { NotableConnection } from './notable.js';

/** Total traffic of connections while recorded. Unknown bytes count as 0. */
export interface Traffic {
  connections: number;
  /**
   * Payload sent, retransmissions included; acknowledged bytes if the kernel does not count sent ones (before 4.19).
   */
  bytesSent: number;
  bytesReceived: number;
  bytesRetrans: number;
}

/** Traffic of one peer. */
export interface PeerTraffic extends Traffic {
  /** Address of the peer. */
  readonly peer: string;
  /** Maximum number of bytes that are missing from before the peer was tracked; 0 if complete. */
  readonly missingBytes: number;
}

/** Traffic of one port. */
export interface PortTraffic extends Traffic {
  readonly port: number;
}

/** One of the connections with the most retransmissions. */
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
  /** Share of the sent data that was retransmitted, by bytes or else by segments; null if neither is known. */
  readonly retransmitRate: number | null;
};

/** Distribution over connections; each counts once. All but `ranges` are null if empty. Quantiles to 1 %. */
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
   * Number of values from `from` up to but not including `to`, for a picture; `to` is null above 5,000 s. Equal widths
   * if the largest value is less than ten times the smallest, else 1, 2 and 5 times the powers of ten. Empty ranges at
   * both ends are left out.
   */
  readonly ranges: readonly { readonly from: number; readonly to: number | null; readonly count: number }[];
}

/** Connects to one destination that never opened. */
export interface FailedConnects {
  /** Address of the peer. */
  readonly peer: string;
  readonly port: number;
  /** Number of connects; some may be missing with more than 1,024 destinations. */
  readonly connections: number;
}

/** Connection that a cause limited for longer than any other. */
export interface MostLimited {
  /** UUID; null for an archive without metadata. */
  readonly uuid: string | null;
  readonly us: number;
}

/** Part of a summary about what limited connections. */
export interface HeldUpSummary {
  /**
   * Connections older than their recording, and the bytes that they moved before it. No other figure of a summary
   * includes these bytes.
   */
  readonly beforeRecording: Readonly<Traffic>;
  /** Number of connections that never opened. */
  readonly neverOpened: number;
  /** Destinations of connects that never opened, the most frequent first. */
  readonly failedConnects: readonly FailedConnects[];
  /** Connection with the most time of each cause; null without one. */
  readonly mostLimited: Readonly<Record<LimitedBy, MostLimited | null>>;
}

/** Summary of many connections. Plain data: `JSON.stringify` writes all of it. Times in microseconds. */
export interface Summary extends Readonly<Traffic>, HeldUpSummary {
  readonly snapshots: number;
  /** Timestamp of the earliest snapshot, as archived; null without connections. */
  readonly from: string | null;
  /** Timestamp of the latest snapshot. */
  readonly to: string | null;
  /** Retransmitted segments, including SYN and FIN. */
  readonly totalRetrans: number;
  readonly families: { readonly ipv4: number; readonly ipv6: number };
  /** Connections by congestion algorithm, the most frequent first. */
  readonly congestionAlgorithms: readonly { readonly algorithm: string; readonly connections: number }[];
  /** Busiest remote addresses by bytes in both directions. */
  readonly peers: readonly PeerTraffic[];
  /** Busiest local ports by bytes in both directions, without ephemeral ports (above 32767) of a single connection. */
  readonly localPorts: readonly PortTraffic[];
  /** Busiest remote ports by bytes in both directions, without ephemeral ports of a single connection. */
  readonly remotePorts: readonly PortTraffic[];
  /** Distribution of connections' durations. */
  readonly durationUs: Distribution;
  /** Distribution of connections' median round-trip times. */
  readonly rttUs: Distribution;
  /** Distribution of connections' smallest round-trip times. */
  readonly minRttUs: Distribution;
  /** Connections with the most retransmitted bytes of data; segments if bytes are unknown. */
  readonly retransmitters: readonly Retransmitter[];
  /**
   * Connections with the lowest rate in their active time: acknowledged bytes divided by the time of known causes other
   * than `idle` and `peer`, the slowest first. Only connections that opened, were active for 1 s or more, had data
   * waiting (`cwnd`, `rwnd`, `sndbuf`, `pacing`, `loss`) for at least half of that, and moved 64 KiB or had data
   * waiting for 5 s.
   */
  readonly slowest: readonly NotableConnection[];
  /** Connections with the longest known life: recorded time plus the age before it. */
  readonly longest: readonly NotableConnection[];
  /** Connections with the most bytes in both directions while recorded. */
  readonly largest: readonly NotableConnection[];
  /** Time in all connections by cause, and the number of connections that it limited for most of their time. */
  readonly limitedBy: Readonly<Record<LimitedBy, { readonly us: number; readonly connections: number }>>;
  /** Part of the time of `pacing` in which SO_MAX_PACING_RATE was the pacing rate. */
  readonly maxPacingRateUs: number;
  /** Number of connections with an unknown cause. */
  readonly limitedByUnknown: number;
  readonly closedFirst: Readonly<Record<ClosedFirst, number>>;
  readonly howEnded: Readonly<Record<HowEnded, number>>;
}
