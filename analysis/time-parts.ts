import { counterIncrease } from './counters.js';
import type { Observation } from './observation.js';

/** Division of an interval in microseconds; the four parts add up to it. */
export interface TimeParts {
  /** Time with nothing outstanding and nothing waiting. */
  readonly free: number;
  /** Time in which the kernel's clock of the receiver's window ran (`tcpi_rwnd_limited`). */
  readonly rwnd: number;
  /** Time in which the kernel's clock of the send buffer ran (`tcpi_sndbuf_limited`). */
  readonly sndbuf: number;
  /** Busy time for a reason that the kernel does not measure. */
  readonly rest: number;
}

/**
 * Interval below which the kernel's clocks of busy time may stand still although data was outstanding all the time: two
 * of the kernel's ticks of at most 10 ms.
 */
const COARSE_US = 20_000;

/**
 * Divides an interval by the kernel's clocks. Undefined if the kernel has none (before 4.10), or one went back. The
 * clocks advance in ticks, so a sum above the interval is scaled down.
 */
export function clockParts(before: Observation, now: Observation, intervalUs: number): TimeParts | undefined {
  const busy = counterIncrease(before.busyTimeUs, now.busyTimeUs);
  const rwnd = counterIncrease(before.rwndLimitedUs, now.rwndLimitedUs);
  const sndbuf = counterIncrease(before.sndbufLimitedUs, now.sndbufLimitedUs);
  if (busy === null || rwnd === null || sndbuf === null) return undefined;
  // The parts are read without the socket's lock and may be ahead of their sum.
  const all = Math.max(busy, rwnd + sndbuf);
  const scale = all > intervalUs ? intervalUs / all : 1;
  const scaled = all * scale;
  const rest = Math.max(0, scaled - (rwnd + sndbuf) * scale);
  return { free: Math.max(0, intervalUs - scaled), rwnd: rwnd * scale, sndbuf: sndbuf * scale, rest };
}

/**
 * Corrects clocks that stood still: on virtual machines the tick stops for hundreds of milliseconds. The data queued at
 * the beginning and acknowledged since decides whether the sender can have been free.
 */
export function correctedParts(parts: TimeParts, before: Observation, now: Observation, intervalUs: number): TimeParts {
  const free = Math.min(parts.free, mostFreeUs(before, now, intervalUs));
  return { ...parts, free, rest: parts.rest + parts.free - free };
}

/** Returns the longest possible time without work in the interval, by queues and acknowledgements. */
function mostFreeUs(before: Observation, now: Observation, intervalUs: number): number {
  if (!hasWork(before)) return intervalUs;
  const acked = counterIncrease(before.bytesAcked, now.bytesAcked);
  if (hasWork(now)) {
    // Not all data queued at the beginning is acknowledged: there was work all the time.
    if (acked !== null && before.wqueueBytes !== null && acked < before.wqueueBytes) return 0;
    return intervalUs < COARSE_US ? 0 : intervalUs;
  }
  // The work ended with the last acknowledgement, unless more was written since.
  if (now.lastAckRecvMs === null || counterIncrease(before.bytesSent, now.bytesSent) !== 0) return intervalUs;
  return Math.min(intervalUs, 1000 * now.lastAckRecvMs);
}

/** Returns true if data is outstanding or waits to be sent. */
export function hasWork({ unacked, notsentBytes, wqueueBytes }: Observation): boolean {
  return (unacked ?? 0) > 0 || (notsentBytes ?? 0) > 0 || (notsentBytes === null && (wqueueBytes ?? 0) > 0);
}
