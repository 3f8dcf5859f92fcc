import type { LimitEvidence, LimitedBy } from './limited-by.js';

/** Identity of a connection. */
export interface ConnectionIdentity {
  /** Null of an archive without metadata. */
  readonly uuid: string | null;
  /** Inode of its network namespace; null when that is the collector's own. */
  readonly netnsInode: number | null;
  /** Name of its network namespace; null when that is the collector's own. */
  readonly netnsName: string | null;
  /** AF_INET (2) or AF_INET6 (10). */
  readonly family: number;
  /** Local address as text. */
  readonly localAddress: string;
  readonly localPort: number;
  /** Remote address as text. */
  readonly remoteAddress: string;
  /** 0 of a socket that has lost its peer. */
  readonly remotePort: number;
}

/** Whose FIN came first. `unknown`: no FIN was seen, or both ends sent theirs at once. */
export const CLOSED_FIRST = ['local', 'remote', 'unknown'] as const;
/** One of {@link CLOSED_FIRST}. */
export type ClosedFirst = (typeof CLOSED_FIRST)[number];

/**
 * Endings of a connection. `closed`: in order, with FIN. `reset_local`: this end reset or aborted it. `reset_remote`: the peer
 * reset it. `reset`: one of both did. `refused`: the peer answered the SYN by a RST. `unanswered`: the SYN was sent again,
 * and nothing came. `failed`: it never opened for another reason. `timeout`: the peer no longer answered. `open`: it had not
 * ended, as far as the archive goes. `unknown`: it ended, and the records do not say how.
 */
export const HOW_ENDED = [
  'closed',
  'reset_local',
  'reset_remote',
  'reset',
  'refused',
  'unanswered',
  'failed',
  'timeout',
  'open',
  'unknown',
] as const;
/** One of {@link HOW_ENDED}. */
export type HowEnded = (typeof HOW_ENDED)[number];

/**
 * Why it is not known how a connection ended. `no_end_record`: the archive has no record of an end (`open`).
 * `reset_sender`: both ends may have sent the RST (`reset`). `opener`: one byte is the SYN of the end that connected or
 * the FIN of the end that accepted (`unknown`). `old_kernel`: the kernel lacks the counters.
 */
export const ENDING_UNKNOWN = ['no_end_record', 'reset_sender', 'opener', 'old_kernel'] as const;
/** One of {@link ENDING_UNKNOWN}. */
export type EndingUnknown = (typeof ENDING_UNKNOWN)[number];

/** Counters of a connection, only of the time in which it was recorded. Null where unknown. */
export interface RecordedTotals {
  readonly bytesSent: number | null;
  readonly bytesAcked: number | null;
  readonly bytesReceived: number | null;
  readonly bytesRetrans: number | null;
  readonly totalRetrans: number | null;
  readonly dataSegsOut: number | null;
  readonly dataSegsIn: number | null;
}

/**
 * One connection: what all its snapshots say together. Null where it is not known. Counters are those of the last
 * snapshot with tcp_info, carried over wraps; a trailing record without one takes nothing back.
 */
export interface ConnectionRow extends ConnectionIdentity {
  /** Timestamp of the first snapshot, as archived. */
  readonly startTime: string;
  /** Timestamp of the last snapshot. */
  readonly endTime: string;
  /** From the first to the last snapshot; null when the clock went back in between. */
  readonly durationUs: number | null;
  /** Records, metadata not counted. */
  readonly snapshots: number;
  /** The state in the last snapshot, a `TcpState`. */
  readonly lastState: number;
  readonly bytesSent: number | null;
  readonly bytesAcked: number | null;
  readonly bytesReceived: number | null;
  readonly bytesRetrans: number | null;
  readonly segsOut: number | null;
  readonly segsIn: number | null;
  readonly dataSegsOut: number | null;
  readonly dataSegsIn: number | null;
  /** Segments retransmitted, SYN and FIN too. */
  readonly totalRetrans: number | null;
  /**
   * Growth of the counters above since the first snapshot, where the connection is older than its recording; else the same
   * as the counters.
   */
  readonly recorded: RecordedTotals;
  /**
   * Time that the connection had existed at least before its first snapshot, as its clocks tell; null when it was
   * recorded from its beginning.
   */
  readonly olderByUs: number | null;
  /** The smallest that `tcpi_min_rtt` was; before 4.6, the smallest `tcpi_rtt`. */
  readonly minRttUs: number | null;
  /** Median of `tcpi_rtt` over snapshots, to 1 %. */
  readonly medianRttUs: number | null;
  /** 95th percentile of `tcpi_rtt` over snapshots, to 1 %. */
  readonly p95RttUs: number | null;
  readonly maxRttUs: number | null;
  /** Largest congestion window, packets. */
  readonly maxCwnd: number | null;
  /** Bytes sent while recorded by `durationUs`; null when that is 0, or too short to hold what the first snapshot has. */
  readonly sendThroughputBytesPerSec: number | null;
  /** Bytes acknowledged while recorded by `durationUs`; null as above. */
  readonly goodputBytesPerSec: number | null;
  /** Bytes received while recorded by `durationUs`; null as above. */
  readonly receiveThroughputBytesPerSec: number | null;
  /** The last one seen. */
  readonly congestionAlgorithm: string | null;
  /** `tcpi_busy_time` at the end. */
  readonly busyTimeUs: number | null;
  /** `tcpi_rwnd_limited` at the end. */
  readonly rwndLimitedUs: number | null;
  /** `tcpi_sndbuf_limited` at the end. */
  readonly sndbufLimitedUs: number | null;
  /** True when the peer's FIN was seen, which counts one byte in `bytesReceived`. */
  readonly hasPeerFin: boolean;
  /** Exchanges, a request and its answer, that were seen; several between two snapshots as segments and round trips allow. */
  readonly exchanges: number;
  /** SO_MAX_PACING_RATE when it was last seen; null when none was set. */
  readonly maxPacingRateBytesPerSec: number | null;
  /** Part of the time of `pacing` in which that rate was what paced, also with BBR. */
  readonly maxPacingRateUs: number;
  /** Time in intervals of each `limited_by`; intervals of which it is not known are in none. */
  readonly limitedUs: Readonly<Record<LimitedBy, number>>;
  /** Cause with the largest share of the time, idle time aside; `idle` when there is no other. Null when unknown. */
  readonly limitedBy: LimitedBy | null;
  /** Kind of evidence behind most of the time of `limitedBy`; null together with it. */
  readonly limitedByEvidence: LimitEvidence | null;
  /** The next cause when its share of the time that is not idle is within 10 points of `limitedBy`'s; else null. */
  readonly limitedByRunnerUp: LimitedBy | null;
  readonly closedFirst: ClosedFirst;
  readonly howEnded: HowEnded;
  /** Why that is not known better; null where it is known. */
  readonly endingUnknownBecause: EndingUnknown | null;
}

/** A cause's share of the time of which the cause is known; null when that is none. */
export function limitedShare({ limitedUs }: Pick<ConnectionRow, 'limitedUs'>, cause: LimitedBy): number | null {
  let known = 0;
  for (const us of Object.values(limitedUs)) known += us;
  return known === 0 ? null : limitedUs[cause] / known;
}
