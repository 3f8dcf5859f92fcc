import { TcpState } from '../tcp/index.js';
import { growth, growth32 } from './counters.js';
import type { Observation } from './observation.js';
import { hasWork } from './time-parts.js';

/** End whose turn it is to send: `here` is this end's program, `peer` the other end, `none` is the pause between exchanges. */
export type Turn = 'here' | 'peer' | 'none';

/** Payload that moved in an interval, by direction. */
export interface Moved {
  readonly out: boolean;
  readonly in: boolean;
  /** False when more was sent than one congestion window: that is no single request. */
  readonly isBurst: boolean;
  /** The direction that moved last, where the kernel's clocks tell them apart. */
  readonly last: 'out' | 'in' | undefined;
  /** True when payload waited at the beginning of the interval: what went out first is the rest of what was sent before. */
  readonly isRest: boolean;
}

/**
 * Follows who sends and who answers on one connection. The end that opened it (or, where that is unknown, that sent the first
 * payload) is the client: after its request the peer's answer is due, and after the answer nothing is. For the other
 * end an answer is due after each request. A direction that goes on without an answer is a stream.
 */
export class Exchange {
  #isClient: boolean | undefined;
  #last: 'out' | 'in' | undefined;
  /** Intervals with payload sent since payload was last received, and the other way round. */
  #sends = 0;
  #receives = 0;
  /** True once payload has gone one way and then the other. */
  #wasAnswered = false;

  /** Takes the first snapshot, which may show what was moved before it. */
  begin(first: Observation): void {
    this.#learnRole(first);
    if ((first.bytesSent ?? 0) > 0 && (first.bytesReceived ?? 0) === 0) this.#last = 'out';
    if ((first.bytesReceived ?? 0) > 0 && (first.bytesSent ?? 0) === 0) this.#last = 'in';
    if (this.#last === 'out') this.#sends = 1;
    if (this.#last === 'in') this.#receives = 1;
  }

  /** End that was to move something in an interval in which nothing was outstanding, by what moved then and before. */
  turn(moved: Moved): Turn {
    const isClient = this.#isClient ?? true;
    const before = this.#last;
    if (moved.out && moved.in) {
      // A whole exchange, or the rest of one and a new request: the time before it counts.
      if (before === undefined) return 'none';
      if (isClient) return before === 'out' ? 'peer' : 'none';
      return before === 'in' ? 'here' : 'none';
    }
    if (moved.out) return isClient && before === 'in' ? 'none' : 'here';
    if (moved.in) return !isClient && before === 'out' ? 'none' : 'peer';
    if (before === undefined) return 'none';
    // Nothing moved: an answer is due, unless this is a stream, which pauses.
    if (isClient) return before === 'out' && (this.#wasAnswered || this.#sends <= 1) ? 'peer' : 'none';
    return before === 'in' && (this.#wasAnswered || this.#receives <= 1) ? 'here' : 'none';
  }

  /**
   * Returns true while a request of this end is on its way, or was sent at once and has no answer: the peer is waited for. False
   * for a stream and for an answer.
   */
  isAsking(moved: Moved): boolean {
    if (!(this.#isClient ?? true)) return false;
    if (moved.in) return true;
    return moved.isBurst && this.#sends + (moved.out ? 1 : 0) <= 1;
  }

  /** Returns true while an answer of the end that accepted is on its way: sent at once, and no stream. */
  isAnswering(moved: Moved): boolean {
    return this.#isClient === false && moved.isBurst && this.#sends + (moved.out ? 1 : 0) <= 1;
  }

  /** Takes the next snapshot, and what moved since the one before it. */
  add(now: Observation, moved: Moved): void {
    this.#learnRole(now);
    const before = this.#last;
    if (this.#isClient === undefined && before === undefined && moved.out !== moved.in) this.#isClient = moved.out;
    if (moved.out && moved.in) {
      // An answer and the next request, or a request and its answer: the direction that was last is last again. But the
      // rest of what this end was sending comes before anything else.
      const parity = before === 'out' && moved.isRest ? 'in' : before;
      this.#last = moved.last ?? parity ?? (this.#isClient === false ? 'out' : 'in');
    } else if (moved.out) this.#last = 'out';
    else if (moved.in) this.#last = 'in';
    if (moved.out && moved.in) this.#wasAnswered = true;
    else if (before !== undefined && before !== this.#last) this.#wasAnswered = true;
    if (moved.in) this.#sends = 0;
    if (moved.out) this.#receives = 0;
    if (moved.out && this.#last === 'out') this.#sends++;
    if (moved.in && this.#last === 'in') this.#receives++;
  }

  /** Forgets everything, for the next connection. */
  reset(): void {
    this.#isClient = undefined;
    this.#last = undefined;
    this.#sends = 0;
    this.#receives = 0;
    this.#wasAnswered = false;
  }

  /** Learns which end opened the connection: its SYN is one byte of what was acknowledged beyond payload. */
  #learnRole({ state, bytesAcked, bytesSent, bytesRetrans, unacked, notsentBytes }: Observation): void {
    if (state === TcpState.SYN_SENT) this.#isClient = true;
    if (state === TcpState.SYN_RECV) this.#isClient = false;
    if (state !== TcpState.ESTABLISHED || unacked !== 0 || (notsentBytes ?? 0) > 0) return;
    if (bytesAcked === null || bytesSent === null || bytesRetrans === null) return;
    const syn = bytesAcked - (bytesSent - bytesRetrans);
    if (syn === 0 || syn === 1) this.#isClient = syn === 1;
  }
}

/** Payload that moved between two snapshots; a FIN is none. Out by acknowledgements where nothing better is known. */
export function movedBetween(before: Observation, now: Observation): Moved {
  const sent =
    growth(before.bytesSent, now.bytesSent) ??
    growth32(before.dataSegsOut, now.dataSegsOut) ??
    growth(before.bytesAcked, now.bytesAcked);
  const received = growth(before.bytesReceived, now.bytesReceived) ?? 0;
  const fin = hasPeerFin(now.state) && !hasPeerFin(before.state) ? 1 : 0;
  // Segments behind a lost one arrive, too, but count as received only when the gap is closed.
  const segments = growth32(before.dataSegsIn, now.dataSegsIn) ?? 0;
  // The counter may be older than the queue.
  const out = (sent ?? 0) > 0 || (!hasWork(before) && hasWork(now) && hasSending(now.state));
  const { sndCwnd, sndMssBytes } = now;
  const bytes = growth(before.bytesSent, now.bytesSent);
  const isBurst = bytes === null || sndCwnd === null || bytes <= sndCwnd * (sndMssBytes ?? 1);
  return {
    out,
    isBurst,
    last: lastMoved(now),
    isRest: (before.notsentBytes ?? 0) > 0,
    in: received > fin || segments > 0,
  };
}

/** Direction of the last segment with payload; undefined within one tick of the kernel's clock, and where it is unknown. */
function lastMoved({ lastDataSentMs, lastDataRecvMs }: Observation): 'out' | 'in' | undefined {
  if (lastDataSentMs === null || lastDataRecvMs === null || lastDataSentMs === lastDataRecvMs) return undefined;
  return lastDataSentMs < lastDataRecvMs ? 'out' : 'in';
}

/** States in which this end may still send payload; in others what is outstanding may be the FIN alone. */
function hasSending(state: number): boolean {
  return state === TcpState.ESTABLISHED || state === TcpState.CLOSE_WAIT;
}

/** States in which the peer's FIN has arrived. A connection that is over (CLOSE) may have received one, too. */
function hasPeerFin(state: number): boolean {
  switch (state) {
    case TcpState.CLOSE_WAIT:
    case TcpState.LAST_ACK:
    case TcpState.CLOSING:
    case TcpState.TIME_WAIT:
    case TcpState.CLOSE:
      return true;
    default:
      return false;
  }
}
