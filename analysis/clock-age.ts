import { TcpState } from '../tcp/index.js';
import type { Observation } from './observation.js';

/**
 * Age at the first snapshot from which a connection counts as older than its recording. It is more than the usual time
 * between two scans, so that a connection that a scan found late does not count.
 */
const OLDER_US = 100_000;
/**
 * Minimum age of an older connection, as a multiple of the shortest interval between two snapshots, if scans are
 * further apart.
 */
const OLDER_INTERVALS = 2;
/**
 * Longest time between two scans that is read from the times of snapshots, microseconds. Snapshots are of changes, so
 * those of a connection that rests are further apart than scans, by any time. A connection that is so much older than
 * its first snapshot did move bytes before it, whether it was found late or not.
 */
const MOST_SCAN_US = 500_000;

/**
 * Returns the minimum age of a connection at a first snapshot with tcp_info, by its clocks, microseconds. Null if that
 * snapshot is not from a scan, or if the connection was just opening.
 */
export function clockAgeUs(o: Observation): number | null {
  const { state, busyTimeUs, lastDataSentMs, lastDataRecvMs, lastAckRecvMs } = o;
  if (state === TcpState.SYN_SENT || state === TcpState.SYN_RECV || state === TcpState.CLOSE) return null;
  const sinceMs = Math.max(lastDataSentMs ?? 0, lastDataRecvMs ?? 0, lastAckRecvMs ?? 0);
  return Math.max(busyTimeUs ?? 0, 1000 * sinceMs);
}

/**
 * Returns the longest likely time between two scans, microseconds.
 * @param shortestUs shortest time between two snapshots; null if there are no two
 */
export function scanTimeUs(shortestUs: number | null): number {
  return Math.min(shortestUs ?? MOST_SCAN_US, MOST_SCAN_US);
}

/**
 * Returns an age at the first snapshot if a late scan does not explain it; else null.
 * @param scanUs time between two scans
 */
export function olderThan(ageUs: number, scanUs: number): number | null {
  return ageUs >= Math.max(OLDER_US, OLDER_INTERVALS * scanUs) ? ageUs : null;
}
