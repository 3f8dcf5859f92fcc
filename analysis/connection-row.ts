import type { ArchivedFlow, ArchivedProcess, RecordingWindow } from '../parse/index.js';
import type { LimitEvidence, LimitedBy } from './limited-by.js';

/** Identity of a connection. */
export interface ConnectionIdentity {
  /** UUID; null for an archive without metadata. */
  readonly uuid: string | null;
  /** Inode of the connection's network namespace; null in the collector's own namespace. */
  readonly netnsInode: number | null;
  /** Name of the connection's network namespace; null in the collector's own namespace. */
  readonly netnsName: string | null;
  /** AF_INET (2) or AF_INET6 (10). */
  readonly family: number;
  /** Local address as text. */
  readonly localAddress: string;
  readonly localPort: number;
  /** Remote address as text. */
  readonly remoteAddress: string;
  /** Remote port; 0 for a socket that has lost its peer. */
  readonly remotePort: number;
  /** Process and cgroup in the metadata of its archive; absent in an archive without them. */
  readonly process?: ArchivedProcess | undefined;
  /** Flow in the metadata of its archive; absent in an archive without one. */
  readonly conntrack?: ArchivedFlow | undefined;
  /** Recording of the flight recorder that its archive is a part of; absent in other archives. */
  readonly recording?: RecordingWindow | undefined;
}

/** Keys of a {@link ConnectionIdentity}, in the order of rows. */
export const IDENTITY_KEYS = [
  'uuid',
  'netnsInode',
  'netnsName',
  'family',
  'localAddress',
  'localPort',
  'remoteAddress',
  'remotePort',
] as const satisfies readonly (keyof ConnectionIdentity)[];

/** End that sent the first FIN. `unknown`: no FIN was seen, or both ends sent theirs at once. */
export const CLOSED_FIRST = ['local', 'remote', 'unknown'] as const;
/** One of {@link CLOSED_FIRST}. */
export type ClosedFirst = (typeof CLOSED_FIRST)[number];

/**
 * Endings of a connection. `closed`: in order, with FIN. `reset_local`: this end reset or aborted it. `reset_remote`:
 * the peer reset it. `reset`: either end reset it. `refused`: the peer answered the SYN with a RST. `unanswered`: the
 * SYN was sent again without an answer. `failed`: it never opened for another reason. `timeout`: the peer no longer
 * answered. `open`: the archive has no end. `unknown`: it ended, but the records do not show how.
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
 * Reasons for which the ending is not known better. `no_end_record`: the archive has no record of an end (`open`).
 * `reset_sender`: both ends may have sent the RST (`reset`). `opener`: one byte is either the SYN of the connecting end
 * or the FIN of the accepting end (`unknown`). `old_kernel`: the kernel lacks the counters.
 */
export const ENDING_UNKNOWN = ['no_end_record', 'reset_sender', 'opener', 'old_kernel'] as const;
/** One of {@link ENDING_UNKNOWN}. */
export type EndingUnknown = (typeof ENDING_UNKNOWN)[number];

/** Counters of a connection for the recorded time only. Null where unknown. */
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
 * Summary of all snapshots of one connection. Null where unknown. Counters are those of the last snapshot with
 * tcp_info, continued over wraps; a trailing record without tcp_info does not reset them.
 */
export interface ConnectionRow extends ConnectionIdentity {
  /** Timestamp of the first snapshot, as archived. */
  readonly startTime: string;
  /** Timestamp of the last snapshot. */
  readonly endTime: string;
  /** Time from the first to the last snapshot; null if the clock went back in between. */
  readonly durationUs: number | null;
  /** Number of records, without metadata. */
  readonly snapshots: number;
  /** State in the last snapshot, a `TcpState`. */
  readonly lastState: number;
  readonly bytesSent: number | null;
  readonly bytesAcked: number | null;
  readonly bytesReceived: number | null;
  readonly bytesRetrans: number | null;
  readonly segsOut: number | null;
  readonly segsIn: number | null;
  readonly dataSegsOut: number | null;
  readonly dataSegsIn: number | null;
  /** Retransmitted segments, including SYN and FIN. */
  readonly totalRetrans: number | null;
  /**
   * Growth of the counters above since the first snapshot if the connection is older than its recording; else equal to
   * the counters.
   */
  readonly recorded: RecordedTotals;
  /**
   * Minimum time that the connection existed before its first snapshot, by its clocks; null if it was recorded from its
   * beginning.
   */
  readonly olderByUs: number | null;
  /** Smallest `tcpi_min_rtt`; before Linux 4.6, smallest `tcpi_rtt`. */
  readonly minRttUs: number | null;
  /** Median of `tcpi_rtt` over snapshots, to 1 %. */
  readonly medianRttUs: number | null;
  /** 95th percentile of `tcpi_rtt` over snapshots, to 1 %. */
  readonly p95RttUs: number | null;
  readonly maxRttUs: number | null;
  /** Largest congestion window, packets. */
  readonly maxCwnd: number | null;
  /**
   * Bytes sent while recorded, divided by `durationUs`; null if that is 0 or too short for the bytes before the first
   * snapshot.
   */
  readonly sendThroughputBytesPerSec: number | null;
  /** Bytes acknowledged while recorded, divided by `durationUs`; null like `sendThroughputBytesPerSec`. */
  readonly goodputBytesPerSec: number | null;
  /** Bytes received while recorded, divided by `durationUs`; null like `sendThroughputBytesPerSec`. */
  readonly receiveThroughputBytesPerSec: number | null;
  /** Latest congestion algorithm. */
  readonly congestionAlgorithm: string | null;
  /** `tcpi_busy_time` at the end. */
  readonly busyTimeUs: number | null;
  /** `tcpi_rwnd_limited` at the end. */
  readonly rwndLimitedUs: number | null;
  /** `tcpi_sndbuf_limited` at the end. */
  readonly sndbufLimitedUs: number | null;
  /** True if the peer's FIN was seen, which counts one byte in `bytesReceived`. */
  readonly hasPeerFin: boolean;
  /**
   * Number of exchanges (a request and its answer) seen; several between two snapshots if segments and round trips
   * allow.
   */
  readonly exchanges: number;
  /** Latest SO_MAX_PACING_RATE; null if not set. */
  readonly maxPacingRateBytesPerSec: number | null;
  /** Part of the time of `pacing` in which SO_MAX_PACING_RATE was the pacing rate, also with BBR. */
  readonly maxPacingRateUs: number;
  /** Time by `limited_by`; intervals with an unknown cause are not included. */
  readonly limitedUs: Readonly<Record<LimitedBy, number>>;
  /** Cause with the largest share of the time, idle time aside; `idle` if there is no other. Null if unknown. */
  readonly limitedBy: LimitedBy | null;
  /** Kind of evidence for most of the time of `limitedBy`; null if `limitedBy` is null. */
  readonly limitedByEvidence: LimitEvidence | null;
  /** Second cause, if its share of the non-idle time is within 10 points of `limitedBy`'s; else null. */
  readonly limitedByRunnerUp: LimitedBy | null;
  readonly closedFirst: ClosedFirst;
  readonly howEnded: HowEnded;
  /** Reason for which the ending is not known better; null if it is known. */
  readonly endingUnknownBecause: EndingUnknown | null;
}

/** Returns a cause's share of the time with a known cause; null if there is no such time. */
export function limitedShare({ limitedUs }: Pick<ConnectionRow, 'limitedUs'>, cause: LimitedBy): number | null {
  let known = 0;
  for (const us of Object.values(limitedUs)) known += us;
  return known === 0 ? null : limitedUs[cause] / known;
}
