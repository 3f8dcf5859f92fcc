import type { ClosedFirst, HowEnded, LimitedBy } from '../../../analysis/index.js';

/** What a summary shows; `--format=json` is this object. Null is what is not known. Bytes are payload. */
export interface SummaryView {
  readonly connections: number;
  readonly snapshots: number;
  /** The first snapshot of all, RFC 3339 in UTC; null when there is none. */
  readonly from: string | null;
  /** The last one. */
  readonly to: string | null;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly bytesRetrans: number;
  readonly packetsRetrans: number;
  /** Median and 95th percentile of how long connections took. */
  readonly medianDurationUs: number | null;
  readonly p95DurationUs: number | null;
  /** Remote addresses, by bytes in both directions. */
  readonly peers: readonly Busy[];
  /** Service ports, the lower one of a connection's two, and at which end: `443 remote`. */
  readonly ports: readonly Busy[];
  /** Whether there were too many peers to keep all apart, so that the listed ones' figures may be too low. */
  readonly busyIsEstimate: boolean;
  /** Of connections' median RTT. */
  readonly rtt: {
    readonly minUs: number | null;
    readonly medianUs: number | null;
    readonly p95Us: number | null;
    readonly maxUs: number | null;
    /** How many connections have a median in each range; ranges follow each other. */
    readonly ranges: readonly { readonly fromUs: number; readonly toUs: number; readonly connections: number }[];
  };
  /** Those that retransmitted the greatest share; connections with fewer than 10 packets retransmitted come last. */
  readonly retransmitters: readonly Retransmitter[];
  /** Time limited by each, over all connections. */
  readonly limitedUs: Readonly<Record<LimitedBy, number>>;
  /** For how many connections each was what limited them most. */
  readonly limitedConnections: Readonly<Record<LimitedBy, number>>;
  readonly ended: Readonly<Record<HowEnded, number>>;
  readonly closedFirst: Readonly<Record<ClosedFirst, number>>;
}

/** A peer or a port. */
export interface Busy {
  readonly name: string;
  readonly connections: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** A connection that had to send again. */
export interface Retransmitter {
  readonly uuid: string;
  /** Address and port. */
  readonly local: string;
  readonly remote: string;
  /** Null before Linux 4.19. */
  readonly bytesSent: number | null;
  readonly bytesRetrans: number | null;
  readonly packetsRetrans: number;
  /** What was retransmitted of what was sent, by bytes, or by packets where bytes are not known. */
  readonly share: number | null;
}

/** An entry's share of a whole; 0 of nothing. */
export function shareOf(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}

/** The sum of what a record counts. */
export function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, each) => sum + each, 0);
}
