import { TcpCaState, TcpState } from '../tcp/index.js';
import { counterIncrease32 } from './counters.js';
import type { Turn } from './exchange.js';
import type { Moved } from './moved.js';
import { type Observation, outstandingBytes, packetsInFlight } from './observation.js';
import { hasWork, type TimeParts } from './time-parts.js';

/** Causes that can limit a connection, as seen from this end. docs/analysis.md has the rule of each. */
export const LIMITED_BY = ['application', 'cwnd', 'rwnd', 'sndbuf', 'pacing', 'loss', 'peer', 'idle'] as const;
/** One of {@link LIMITED_BY}. */
export type LimitedBy = (typeof LIMITED_BY)[number];

/** Causes with data waiting to be sent or acknowledged, so that a low rate delays a program. */
export const WAITING_CAUSES: readonly LimitedBy[] = ['cwnd', 'rwnd', 'sndbuf', 'pacing', 'loss'];

/**
 * Kinds of evidence for a cause. `clock`: a clock of the kernel ran (`tcpi_busy_time` and its parts). `window`:
 * arithmetic of windows and buffers. `rate`: the bytes sent match the pacing rate. `recovery`: the kernel
 * retransmitted. `absence`: there was no data to send.
 */
export const LIMIT_EVIDENCE = ['clock', 'window', 'rate', 'recovery', 'absence'] as const;
/** One of {@link LIMIT_EVIDENCE}. */
export type LimitEvidence = (typeof LIMIT_EVIDENCE)[number];

/** Inputs of {@link limitedBy}: the snapshots at both ends of an interval, and the movement between and before them. */
export interface Interval {
  readonly before: Observation;
  readonly now: Observation;
  /** Division of the interval by the kernel's clocks; undefined before Linux 4.10, or if a clock went back. */
  readonly parts: TimeParts | undefined;
  /** Payload that moved in the interval. */
  readonly moved: Moved;
  /** End that was expected to send, if nothing was outstanding. */
  readonly turn: Turn;
  /** True while this end's request is in flight, or waits for its answer. */
  readonly asks: boolean;
  /** True while this end's answer to a request is in flight. */
  readonly answers: boolean;
  /** True while losses keep the congestion window small. */
  readonly heldDown: boolean;
  /** Recent rate of sent payload, bytes per second, over about 100 ms; null if unknown. */
  readonly sendRate: number | null;
  /** Limit of the previous interval, if its cause was the path or the receiver. */
  readonly heldUpBy: Limit | null;
}

/** Cause, and the kind of evidence for it. */
export interface Limit {
  readonly cause: LimitedBy;
  readonly evidence: LimitEvidence;
}

// Made once: the rule runs with each record.
const RWND_BY_CLOCK: Limit = { cause: 'rwnd', evidence: 'clock' };
const SNDBUF_BY_CLOCK: Limit = { cause: 'sndbuf', evidence: 'clock' };
const APPLICATION_UNREAD: Limit = { cause: 'application', evidence: 'window' };
const APPLICATION: Limit = { cause: 'application', evidence: 'absence' };
const PEER: Limit = { cause: 'peer', evidence: 'absence' };
const IDLE: Limit = { cause: 'idle', evidence: 'absence' };
const LOSS: Limit = { cause: 'loss', evidence: 'recovery' };
const LOSS_BY_WINDOW: Limit = { cause: 'loss', evidence: 'window' };
const CWND: Limit = { cause: 'cwnd', evidence: 'window' };
const RWND_BY_WINDOW: Limit = { cause: 'rwnd', evidence: 'window' };
const SNDBUF_BY_WINDOW: Limit = { cause: 'sndbuf', evidence: 'window' };
const PACING: Limit = { cause: 'pacing', evidence: 'rate' };

/**
 * Determines what limited a connection in an interval, by the rule of docs/analysis.md. Null if unknown: the connection
 * is not open yet, a snapshot has no tcp_info, or the kernel is too old.
 */
export function limitedBy(interval: Interval): Limit | null {
  const { before, now, parts } = interval;
  if (!before.hasInfo || !now.hasInfo || isOpening(before)) return null;
  switch (parts === undefined ? partByEnds(interval) : largest(parts)) {
    case 'free':
      return limitedWhileFree(interval);
    case 'rwnd':
      return RWND_BY_CLOCK;
    case 'sndbuf':
      return SNDBUF_BY_CLOCK;
    default:
      return limitedWhileBusy(interval);
  }
}

function isOpening({ state }: Observation): boolean {
  return state === TcpState.SYN_SENT || state === TcpState.SYN_RECV || state === TcpState.LISTEN;
}

/** Returns the largest part; of equal parts, the more specific one. */
function largest({ free, rwnd, sndbuf, rest }: TimeParts): keyof TimeParts {
  if (rwnd > 0 && rwnd >= sndbuf && rwnd >= rest && rwnd >= free) return 'rwnd';
  if (sndbuf > 0 && sndbuf >= rest && sndbuf >= free) return 'sndbuf';
  return rest >= free ? 'rest' : 'free';
}

/** Divides an interval without kernel clocks: it was free if it began without work. */
function partByEnds({ before, now, moved }: Interval): keyof TimeParts {
  if (!hasWork(before)) return 'free';
  return hasWork(now) || moved.out ? 'rest' : 'free';
}

/** Determines the cause if nothing was outstanding: an end had nothing to send, or did not read. */
function limitedWhileFree({ before, now, moved, turn }: Interval): Limit {
  if (isUnread(before, now, moved)) return APPLICATION_UNREAD;
  switch (turn) {
    case 'here':
      return APPLICATION;
    case 'peer':
      return PEER;
    case 'none':
      return IDLE;
  }
}

function limitedWhileBusy(interval: Interval): Limit | null {
  const { before, now, parts, moved, asks, answers, heldDown, sendRate, heldUpBy } = interval;
  const full = isFull(before) || isFull(now);
  const atRate = isAtPacingRate(now, sendRate);
  if (isLosing(before, now, full && !atRate)) return LOSS;
  const waits = isWaiting(before) || isWaiting(now);
  // If both windows are full, the smaller one is the receiver's and the kernel's clock has counted it.
  const windowFull = isWindowFull(before) || isWindowFull(now);
  if (windowFull && (!full || (parts?.rwnd ?? 0) > 0)) return RWND_BY_WINDOW;
  const bufferFull = isBufferFull(before) || isBufferFull(now);
  if (bufferFull && (!waits || (!full && isBufferSmall(now)))) return SNDBUF_BY_WINDOW;
  if (atRate && waits) return PACING;
  if (full) return heldDown ? LOSS_BY_WINDOW : CWND;
  if (!waits) {
    // Everything is sent, and the data in flight is still limited by the previous cause.
    if (heldUpBy !== null && !moved.out) return heldUpBy;
    if (asks || (answers && moved.in)) return PEER;
    return answers ? IDLE : APPLICATION;
  }
  if (isPaced(now)) return PACING;
  const nearlyFull = isNearlyFull(before) || isNearlyFull(now);
  if (!nearlyFull && parts === undefined) return null; // the receiver's window is equally likely
  return heldDown ? LOSS_BY_WINDOW : CWND;
}

/**
 * Returns true if the program here does not read the arrived data: it read nothing in the interval, or more is unread
 * than the peer may still send.
 */
function isUnread(before: Observation, now: Observation, moved: Moved): boolean {
  const [first, last] = [unreadBytes(before), unreadBytes(now)];
  if (first === 0) return false;
  // The read that ends a pause causes a snapshot: nothing was read before it.
  return !moved.in || isReceiveFull(before, first) || isReceiveFull(now, last);
}

/** Returns the bytes that arrived and are unread, without the peer's FIN, which counts one. */
function unreadBytes({ rqueueBytes, state }: Observation): number {
  const fin = state === TcpState.CLOSE_WAIT || state === TcpState.LAST_ACK || state === TcpState.CLOSING ? 1 : 0;
  return Math.max(0, (rqueueBytes ?? 0) - fin);
}

/** Returns true if unread data takes half of the receive buffer's room. */
function isReceiveFull({ rcvWndBytes, rmemAllocBytes, rcvbufBytes }: Observation, unread: number): boolean {
  if (unread === 0) return false;
  if (rcvWndBytes !== null) return unread >= rcvWndBytes;
  return rmemAllocBytes !== null && rcvbufBytes !== null && 2 * rmemAllocBytes >= rcvbufBytes;
}

/** Returns true if segments were lost, by the kernel's reaction. */
function isLosing(before: Observation, now: Observation, full: boolean): boolean {
  if (before.caState === TcpCaState.Loss || now.caState === TcpCaState.Loss) return true;
  // BBR keeps its sending rate while it retransmits.
  if (now.bbrPacingGain !== null && !full) return false;
  return (
    before.caState === TcpCaState.Recovery ||
    now.caState === TcpCaState.Recovery ||
    (counterIncrease32(before.totalRetrans, now.totalRetrans) ?? 0) > 0
  );
}

/** Returns true if the congestion window is used up. */
function isFull(o: Observation): boolean {
  const flight = packetsInFlight(o);
  return flight !== null && o.sndCwnd !== null && flight > 0 && flight >= o.sndCwnd;
}

/**
 * Returns true if so much of the congestion window is used that the kernel waits for more room (tcp_tso_should_defer,
 * tcp_tso_win_divisor 3).
 */
function isNearlyFull(o: Observation): boolean {
  const flight = packetsInFlight(o);
  return flight !== null && o.sndCwnd !== null && flight > 0 && 3 * flight >= 2 * o.sndCwnd;
}

/** Returns true if a whole segment waits to be sent; less may wait for Nagle's rule. */
function isWaiting({ notsentBytes, wqueueBytes, unacked, sndMssBytes }: Observation): boolean {
  const mss = sndMssBytes ?? 1;
  if (notsentBytes !== null) return notsentBytes >= mss;
  return wqueueBytes !== null && unacked !== null && wqueueBytes >= (unacked + 1) * mss;
}

/**
 * Returns true if data waits and the receiver's window is used up, except for a part opened just now: two segments, or
 * an eighth of the window. A larger rest counts as room. Unknown before 5.4.
 */
function isWindowFull(o: Observation): boolean {
  const outstanding = outstandingBytes(o);
  if (outstanding === null || o.sndWndBytes === null) return false;
  const mss = o.sndMssBytes ?? 1;
  const isBelowCwnd = o.sndCwnd === null || o.sndWndBytes < (o.sndCwnd + 1) * mss;
  return isWaiting(o) && isBelowCwnd && outstanding + Math.max(2 * mss, o.sndWndBytes / 8) > o.sndWndBytes;
}

/** Returns true if sending is paced, at half of the pacing rate or more. */
function isAtPacingRate(o: Observation, sendRate: number | null): boolean {
  const { pacingRateBytesPerSec } = o;
  if (!isPaced(o) || pacingRateBytesPerSec === null || sendRate === null) return false;
  return 2 * sendRate >= pacingRateBytesPerSec;
}

/**
 * Share of SO_MAX_PACING_RATE from which that rate is the limit. BBR's rate stays just below a limit that it meets, and
 * far below it if the path is the limit.
 */
const NEAR_MAX_PACING = 0.9;

/** Returns true if the socket's SO_MAX_PACING_RATE paces it, also with BBR. */
export function isAtMaxPacingRate({ pacingRateBytesPerSec, maxPacingRateBytesPerSec }: Observation): boolean {
  if (pacingRateBytesPerSec === null || maxPacingRateBytesPerSec === null) return false;
  return pacingRateBytesPerSec >= NEAR_MAX_PACING * maxPacingRateBytesPerSec;
}

/** Returns true if sending is known to be paced, at a rate other than the congestion window's. */
function isPaced({ bbrPacingGain, pacingRateBytesPerSec, maxPacingRateBytesPerSec }: Observation): boolean {
  if (bbrPacingGain !== null) return true;
  if (pacingRateBytesPerSec === null || maxPacingRateBytesPerSec === null) return false;
  return pacingRateBytesPerSec >= maxPacingRateBytesPerSec;
}

/**
 * Returns true if the send buffer is so full that a writer has to wait (sk_stream_is_writeable). The kernel's own clock
 * for this (tcp_cwnd_validate) misses a writer that blocks while everything it wrote was already sent.
 */
function isBufferFull({ wmemQueuedBytes, sndbufBytes }: Observation): boolean {
  return wmemQueuedBytes !== null && sndbufBytes !== null && 3 * wmemQueuedBytes >= 2 * sndbufBytes;
}

/** Returns true if the whole send buffer would fit into the congestion window. */
function isBufferSmall({ wqueueBytes, sndCwnd, sndMssBytes }: Observation): boolean {
  if (wqueueBytes === null || sndCwnd === null || sndMssBytes === null) return false;
  return wqueueBytes <= sndCwnd * sndMssBytes;
}
