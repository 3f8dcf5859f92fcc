import { TcpCaState, TcpState } from '../tcp/index.js';
import { growth, growth32 } from './counters.js';
import { type Observation, outstandingBytes, packetsInFlight } from './observation.js';

/** Causes that can limit a connection, as seen from this end. docs/analysis.md has the rule of each. */
export const LIMITED_BY = ['application', 'cwnd', 'rwnd', 'sndbuf', 'pacing', 'loss', 'peer', 'idle'] as const;
/** One of {@link LIMITED_BY}. */
export type LimitedBy = (typeof LIMITED_BY)[number];

/**
 * Kinds of evidence for a cause. `clock`: a clock of the kernel ran (`tcpi_busy_time` and its parts). `window`: arithmetic of
 * windows and buffers. `rate`: the bytes sent match the pacing rate. `recovery`: the kernel retransmitted. `absence`: no
 * data was there to send.
 */
export const LIMIT_EVIDENCE = ['clock', 'window', 'rate', 'recovery', 'absence'] as const;
/** One of {@link LIMIT_EVIDENCE}. */
export type LimitEvidence = (typeof LIMIT_EVIDENCE)[number];

/** How the kernel's clocks divide an interval, microseconds; the four add up to it. */
export interface TimeParts {
  /** Nothing was outstanding and nothing waited. */
  readonly free: number;
  /** The receiver's window held data back. */
  readonly rwnd: number;
  /** The application waited for room in the send buffer, and everything that it had written was sent. */
  readonly sndbuf: number;
  /** Busy, for a reason that the kernel does not time. */
  readonly rest: number;
}

/** What the rule looks at: an interval's two ends, and what happened between and before. */
export interface Interval {
  readonly before: Observation;
  readonly now: Observation;
  /** Undefined where the kernel does not time it (before 4.10), or a clock went back. */
  readonly parts: TimeParts | undefined;
  /** Whether the window is still smaller than before the last loss. */
  readonly heldDown: boolean;
}

/**
 * What limited sending in an interval, by the rule of docs/analysis.md. Null where it cannot be told: a connection that
 * is not open yet, a snapshot without tcp_info, and a kernel too old to tell.
 */
export function limitedBy(interval: Interval): LimitedBy | null {
  const { before, now, parts } = interval;
  if (!before.hasInfo || !now.hasInfo || isOpening(before)) return null;
  switch (parts === undefined ? partByEnds(before, now) : largest(parts)) {
    case 'free':
      return hasSent(before, now) || hasWork(now) ? 'application' : 'idle';
    case 'rwnd':
      return 'rwnd';
    case 'sndbuf':
      return 'sndbuf';
    default:
      return limitedWhileBusy(interval);
  }
}

function isOpening({ state }: Observation): boolean {
  return state === TcpState.SYN_SENT || state === TcpState.SYN_RECV || state === TcpState.LISTEN;
}

/** Of equals, the one that says more comes first. */
function largest({ free, rwnd, sndbuf, rest }: TimeParts): keyof TimeParts {
  if (rwnd > 0 && rwnd >= sndbuf && rwnd >= rest && rwnd >= free) return 'rwnd';
  if (sndbuf > 0 && sndbuf >= rest && sndbuf >= free) return 'sndbuf';
  return rest >= free ? 'rest' : 'free';
}

/** Without clocks: an interval that began with nothing to do was free. */
function partByEnds(before: Observation, now: Observation): keyof TimeParts {
  if (!hasWork(before)) return 'free';
  return hasWork(now) || hasSent(before, now) ? 'rest' : 'free';
}

function limitedWhileBusy({ before, now, parts, heldDown }: Interval): LimitedBy | null {
  const full = isFull(before) || isFull(now);
  if (isLosing(before, now, full) || (heldDown && full)) return 'loss';
  if (full) return 'cwnd';
  const waits = isWaiting(before) || isWaiting(now);
  if (!waits) return isBufferFull(before) || isBufferFull(now) ? 'sndbuf' : 'application';
  if (isPaced(now)) return 'pacing';
  if (isWindowFull(before) || isWindowFull(now)) return 'rwnd';
  const nearlyFull = isNearlyFull(before) || isNearlyFull(now);
  if (!nearlyFull && parts === undefined) return null; // the receiver's window is as likely
  return heldDown ? 'loss' : 'cwnd';
}

/** Whether anything is outstanding or waits to be sent. */
export function hasWork({ unacked, notsentBytes, wqueueBytes }: Observation): boolean {
  return (unacked ?? 0) > 0 || (notsentBytes ?? 0) > 0 || (notsentBytes === null && (wqueueBytes ?? 0) > 0);
}

/** Whether payload was sent; by acknowledgements where nothing better is known. */
function hasSent(before: Observation, now: Observation): boolean {
  const sent =
    growth(before.bytesSent, now.bytesSent) ??
    growth32(before.dataSegsOut, now.dataSegsOut) ??
    growth(before.bytesAcked, now.bytesAcked);
  return (sent ?? 0) > 0;
}

/** Whether segments were lost, by what the kernel did about it. */
function isLosing(before: Observation, now: Observation, full: boolean): boolean {
  if (before.caState === TcpCaState.Loss || now.caState === TcpCaState.Loss) return true;
  // BBR goes on at its rate while it retransmits.
  if (now.bbrPacingGain !== null && !full) return false;
  return (
    before.caState === TcpCaState.Recovery ||
    now.caState === TcpCaState.Recovery ||
    (growth32(before.totalRetrans, now.totalRetrans) ?? 0) > 0
  );
}

/** Whether the congestion window is used up. */
function isFull(o: Observation): boolean {
  const flight = packetsInFlight(o);
  return flight !== null && o.sndCwnd !== null && flight > 0 && flight >= o.sndCwnd;
}

/** Whether it is so far used up that the kernel waits for more room (tcp_tso_should_defer, tcp_tso_win_divisor 3). */
function isNearlyFull(o: Observation): boolean {
  const flight = packetsInFlight(o);
  return flight !== null && o.sndCwnd !== null && flight > 0 && 3 * flight >= 2 * o.sndCwnd;
}

/** Whether a whole segment waits to be sent; less may wait for Nagle's rule. */
function isWaiting({ notsentBytes, wqueueBytes, unacked, sndMssBytes }: Observation): boolean {
  const mss = sndMssBytes ?? 1;
  if (notsentBytes !== null) return notsentBytes >= mss;
  return wqueueBytes !== null && unacked !== null && wqueueBytes >= (unacked + 1) * mss;
}

/** Whether the next segment does not fit into the receiver's window; not known before 5.4. */
function isWindowFull(o: Observation): boolean {
  const outstanding = outstandingBytes(o);
  if (outstanding === null || o.sndWndBytes === null) return false;
  return isWaiting(o) && outstanding + (o.sndMssBytes ?? 1) > o.sndWndBytes;
}

/** Whether sending is known to be paced, at a rate that is not just the congestion window's. */
function isPaced({ bbrPacingGain, pacingRateBytesPerSec, maxPacingRateBytesPerSec }: Observation): boolean {
  if (bbrPacingGain !== null) return true;
  if (pacingRateBytesPerSec === null || maxPacingRateBytesPerSec === null) return false;
  return pacingRateBytesPerSec >= maxPacingRateBytesPerSec;
}

/**
 * Whether the send buffer is so full that a writer is told to wait (sk_stream_is_writeable). The kernel's own clock of it
 * (tcp_cwnd_validate) misses a writer that blocks when everything that it wrote is sent already.
 */
function isBufferFull({ wmemQueuedBytes, sndbufBytes }: Observation): boolean {
  return wmemQueuedBytes !== null && sndbufBytes !== null && 3 * wmemQueuedBytes >= 2 * sndbufBytes;
}
