import { TcpCaState, TcpState } from '../tcp/index.js';
import { growth32 } from './counters.js';
import type { Turn } from './exchange.js';
import type { Moved } from './moved.js';
import { type Observation, outstandingBytes, packetsInFlight } from './observation.js';
import { hasWork, type TimeParts } from './time-parts.js';

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

/** Inputs of the rule: the two ends of an interval, and what happened between and before them. */
export interface Interval {
  readonly before: Observation;
  readonly now: Observation;
  /** Undefined where the kernel does not time it (before 4.10), or a clock went back. */
  readonly parts: TimeParts | undefined;
  /** Payload that moved in it. */
  readonly moved: Moved;
  /** End that was to move something, if nothing was outstanding. */
  readonly turn: Turn;
  /** True while this end's request is on its way, or waits for its answer. */
  readonly asks: boolean;
  /** True while this end's answer to a request is on its way. */
  readonly answers: boolean;
  /** True while losses keep the congestion window small. */
  readonly heldDown: boolean;
  /** Payload sent of late, bytes per second, over about 100 ms; null when unknown. */
  readonly sendRate: number | null;
  /** Cause of the interval before, as far as the path or the receiver was the cause. */
  readonly heldUpBy: Limit | null;
}

/** A cause, and the kind of evidence for it. */
export interface Limit {
  readonly cause: LimitedBy;
  readonly evidence: LimitEvidence;
}

/**
 * Finds what limited a connection in an interval, by the rule of docs/analysis.md. Null where it cannot be told: a connection
 * that is not open yet, a snapshot without tcp_info, and a kernel too old to tell.
 */
export function limitedBy(interval: Interval): Limit | null {
  const { before, now, parts } = interval;
  if (!before.hasInfo || !now.hasInfo || isOpening(before)) return null;
  switch (parts === undefined ? partByEnds(interval) : largest(parts)) {
    case 'free':
      return limitedWhileFree(interval);
    case 'rwnd':
      return { cause: 'rwnd', evidence: 'clock' };
    case 'sndbuf':
      return { cause: 'sndbuf', evidence: 'clock' };
    default:
      return limitedWhileBusy(interval);
  }
}

function isOpening({ state }: Observation): boolean {
  return state === TcpState.SYN_SENT || state === TcpState.SYN_RECV || state === TcpState.LISTEN;
}

/** Finds the largest part; of equals, the one that says more. */
function largest({ free, rwnd, sndbuf, rest }: TimeParts): keyof TimeParts {
  if (rwnd > 0 && rwnd >= sndbuf && rwnd >= rest && rwnd >= free) return 'rwnd';
  if (sndbuf > 0 && sndbuf >= rest && sndbuf >= free) return 'sndbuf';
  return rest >= free ? 'rest' : 'free';
}

/** Without clocks: an interval that began with nothing to do was free. */
function partByEnds({ before, now, moved }: Interval): keyof TimeParts {
  if (!hasWork(before)) return 'free';
  return hasWork(now) || moved.out ? 'rest' : 'free';
}

/** Nothing was outstanding: somebody had nothing to send, or did not read. */
function limitedWhileFree({ before, now, moved, turn }: Interval): Limit {
  if (isUnread(before, now, moved)) return { cause: 'application', evidence: 'window' };
  switch (turn) {
    case 'here':
      return { cause: 'application', evidence: 'absence' };
    case 'peer':
      return { cause: 'peer', evidence: 'absence' };
    case 'none':
      return { cause: 'idle', evidence: 'absence' };
  }
}

function limitedWhileBusy(interval: Interval): Limit | null {
  const { before, now, parts, moved, asks, answers, heldDown, sendRate, heldUpBy } = interval;
  const full = isFull(before) || isFull(now);
  const atRate = isAtPacingRate(now, sendRate);
  if (isLosing(before, now, full && !atRate)) return { cause: 'loss', evidence: 'recovery' };
  const waits = isWaiting(before) || isWaiting(now);
  // Where both are full, the smaller window is the receiver's, and the kernel's clock has seen it.
  const windowFull = isWindowFull(before) || isWindowFull(now);
  if (windowFull && (!full || (parts?.rwnd ?? 0) > 0)) return { cause: 'rwnd', evidence: 'window' };
  const bufferFull = isBufferFull(before) || isBufferFull(now);
  if (bufferFull && (!waits || (!full && isBufferSmall(now)))) return { cause: 'sndbuf', evidence: 'window' };
  if (atRate && waits) return { cause: 'pacing', evidence: 'rate' };
  if (full) return heldDown ? { cause: 'loss', evidence: 'window' } : { cause: 'cwnd', evidence: 'window' };
  if (!waits) {
    // All is sent, and what is on its way is still held up as it was.
    if (heldUpBy !== null && !moved.out) return heldUpBy;
    if (asks || (answers && moved.in)) return { cause: 'peer', evidence: 'absence' };
    return { cause: answers ? 'idle' : 'application', evidence: 'absence' };
  }
  if (isPaced(now)) return { cause: 'pacing', evidence: 'rate' };
  const nearlyFull = isNearlyFull(before) || isNearlyFull(now);
  if (!nearlyFull && parts === undefined) return null; // the receiver's window is as likely
  return heldDown ? { cause: 'loss', evidence: 'window' } : { cause: 'cwnd', evidence: 'window' };
}

/**
 * Returns true when the program here does not read what has arrived: it read nothing in the interval, or more is unread than
 * the peer may still send.
 */
function isUnread(before: Observation, now: Observation, moved: Moved): boolean {
  const [first, last] = [unreadBytes(before), unreadBytes(now)];
  if (first === 0) return false;
  // The read that ends a pause makes a snapshot: nothing was read before it.
  return !moved.in || isReceiveFull(before, first) || isReceiveFull(now, last);
}

/** Bytes that arrived and are not read, without the peer's FIN, which counts one. */
function unreadBytes({ rqueueBytes, state }: Observation): number {
  const fin = state === TcpState.CLOSE_WAIT || state === TcpState.LAST_ACK || state === TcpState.CLOSING ? 1 : 0;
  return Math.max(0, (rqueueBytes ?? 0) - fin);
}

/** Returns true when unread data takes half of the room that there is for it. */
function isReceiveFull({ rcvWndBytes, rmemAllocBytes, rcvbufBytes }: Observation, unread: number): boolean {
  if (unread === 0) return false;
  if (rcvWndBytes !== null) return unread >= rcvWndBytes;
  return rmemAllocBytes !== null && rcvbufBytes !== null && 2 * rmemAllocBytes >= rcvbufBytes;
}

/** Returns true when segments were lost, by what the kernel did about it. */
function isLosing(before: Observation, now: Observation, full: boolean): boolean {
  if (before.caState === TcpCaState.Loss || now.caState === TcpCaState.Loss) return true;
  // BBR sends at its rate while it retransmits.
  if (now.bbrPacingGain !== null && !full) return false;
  return (
    before.caState === TcpCaState.Recovery ||
    now.caState === TcpCaState.Recovery ||
    (growth32(before.totalRetrans, now.totalRetrans) ?? 0) > 0
  );
}

/** Returns true when the congestion window is used up. */
function isFull(o: Observation): boolean {
  const flight = packetsInFlight(o);
  return flight !== null && o.sndCwnd !== null && flight > 0 && flight >= o.sndCwnd;
}

/** Returns true when it is used up so far that the kernel waits for more room (tcp_tso_should_defer, tcp_tso_win_divisor 3). */
function isNearlyFull(o: Observation): boolean {
  const flight = packetsInFlight(o);
  return flight !== null && o.sndCwnd !== null && flight > 0 && 3 * flight >= 2 * o.sndCwnd;
}

/** Returns true when a whole segment waits to be sent; less may wait for Nagle's rule. */
function isWaiting({ notsentBytes, wqueueBytes, unacked, sndMssBytes }: Observation): boolean {
  const mss = sndMssBytes ?? 1;
  if (notsentBytes !== null) return notsentBytes >= mss;
  return wqueueBytes !== null && unacked !== null && wqueueBytes >= (unacked + 1) * mss;
}

/**
 * Returns true when data waits and the receiver's window is used up, but for what was opened a moment ago: two segments, or
 * an eighth of it. A larger rest counts as room. Not known before 5.4.
 */
function isWindowFull(o: Observation): boolean {
  const outstanding = outstandingBytes(o);
  if (outstanding === null || o.sndWndBytes === null) return false;
  const mss = o.sndMssBytes ?? 1;
  const isBelowCwnd = o.sndCwnd === null || o.sndWndBytes < (o.sndCwnd + 1) * mss;
  return isWaiting(o) && isBelowCwnd && outstanding + Math.max(2 * mss, o.sndWndBytes / 8) > o.sndWndBytes;
}

/** Returns true when sending is paced, and half of the pacing rate or more is what is sent. */
function isAtPacingRate(o: Observation, sendRate: number | null): boolean {
  const { pacingRateBytesPerSec } = o;
  if (!isPaced(o) || pacingRateBytesPerSec === null || sendRate === null) return false;
  return 2 * sendRate >= pacingRateBytesPerSec;
}

/** BBR's own rate cruises just below a limit that it meets, and is far below it where the path is what it meets. */
const NEAR_MAX_PACING = 0.9;

/** Returns true when the rate that was set for the socket (SO_MAX_PACING_RATE) is what paces it, also with BBR. */
export function isAtMaxPacingRate({ pacingRateBytesPerSec, maxPacingRateBytesPerSec }: Observation): boolean {
  if (pacingRateBytesPerSec === null || maxPacingRateBytesPerSec === null) return false;
  return pacingRateBytesPerSec >= NEAR_MAX_PACING * maxPacingRateBytesPerSec;
}

/** Returns true when sending is known to be paced, at a rate that is not just the congestion window's. */
function isPaced({ bbrPacingGain, pacingRateBytesPerSec, maxPacingRateBytesPerSec }: Observation): boolean {
  if (bbrPacingGain !== null) return true;
  if (pacingRateBytesPerSec === null || maxPacingRateBytesPerSec === null) return false;
  return pacingRateBytesPerSec >= maxPacingRateBytesPerSec;
}

/**
 * Returns true when the send buffer is so full that a writer has to wait (sk_stream_is_writeable). The kernel's own clock of it
 * (tcp_cwnd_validate) misses a writer that blocks when everything that it wrote is sent already.
 */
function isBufferFull({ wmemQueuedBytes, sndbufBytes }: Observation): boolean {
  return wmemQueuedBytes !== null && sndbufBytes !== null && 3 * wmemQueuedBytes >= 2 * sndbufBytes;
}

/** Returns true when everything in the send buffer would fit into the congestion window. */
function isBufferSmall({ wqueueBytes, sndCwnd, sndMssBytes }: Observation): boolean {
  if (wqueueBytes === null || sndCwnd === null || sndMssBytes === null) return false;
  return wqueueBytes <= sndCwnd * sndMssBytes;
}
