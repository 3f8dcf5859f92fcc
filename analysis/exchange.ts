import { TcpState } from '../tcp/index.js';
import type { Moved } from './moved.js';
import type { Observation } from './observation.js';

/** End whose turn it is to send: `here` is this end's program, `peer` the other end, `none` is the pause between exchanges. */
export type Turn = 'here' | 'peer' | 'none';

/** From so many crossings on, both ends send without waiting for each other. */
const CROSSED = 2;
/** So many at most are remembered: after as many turns it is an exchange again. */
const MOST_CROSSINGS = 4;

/**
 * Follows who sends and who answers on one connection. The end that opened it (or, where that is unknown, that sent the first
 * payload) is the client: after its request the peer's answer is due, and after the answer nothing is. For the other
 * end an answer is due after each request. A direction that goes on without an answer is a stream, and where payload crosses
 * payload on the way there are two of them.
 */
export class Exchange {
  #isClient: boolean | undefined;
  #last: 'out' | 'in' | undefined;
  /** Intervals with payload sent since payload was last received, and the other way round. */
  #sends = 0;
  #receives = 0;
  /** True once payload has gone one way and then the other. */
  #wasAnswered = false;
  /** True when the last interval had a part of what one end was sending. */
  #isPart = false;
  /** Crossings of late, less the turns since. */
  #crossings = 0;

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
    if (!(this.#isClient ?? true) || this.#isTwoWay(moved)) return false;
    if (moved.in) return true;
    return moved.isBurst && this.#sends + (moved.out ? 1 : 0) <= 1;
  }

  /** Returns true while an answer of the end that accepted is on its way: sent at once, and no stream. */
  isAnswering(moved: Moved): boolean {
    if (this.#isClient !== false || !moved.isBurst || this.#isTwoWay(moved)) return false;
    // What goes out after a request came in is the next answer.
    return this.#sends + (moved.out && !moved.in ? 1 : 0) <= 1;
  }

  /** Counts the exchanges that ended in an interval, before it is added. */
  exchanges(moved: Moved): number {
    if (moved.out && moved.in) return moved.exchanges;
    return moved.in && this.#last === 'out' ? 1 : 0;
  }

  /**
   * Direction that was last of two. An answer and the next request, or a request and its answer: the direction that was last
   * before is last again. But the rest of what an end was sending comes before anything else.
   */
  #lastAgain({ isRest, isShort }: Moved): 'out' | 'in' | undefined {
    const isRestOfPart = this.#isPart && isShort;
    if (this.#last === 'out') return isRest || isRestOfPart ? 'in' : 'out';
    return this.#last === 'in' && isRestOfPart ? 'out' : this.#last;
  }

  /** Returns true while both ends send without waiting for each other. */
  #isTwoWay({ isCrossing }: Moved): boolean {
    return this.#crossings + (isCrossing ? 1 : 0) >= CROSSED;
  }

  /** Takes the next snapshot, and what moved since the one before it. */
  add(now: Observation, moved: Moved): void {
    this.#learnRole(now);
    const before = this.#last;
    if (this.#isClient === undefined && before === undefined && moved.out !== moved.in) this.#isClient = moved.out;
    if (moved.isCrossing) this.#crossings = Math.min(MOST_CROSSINGS, this.#crossings + 1);
    else if (moved.isInTurn) this.#crossings = Math.max(0, this.#crossings - 1);
    if (moved.out && moved.in) {
      // Where payload crosses, neither end waits for an answer.
      const known = this.#crossings > 0 ? undefined : (moved.last ?? this.#lastAgain(moved));
      this.#last = known ?? (this.#isClient === false ? 'out' : 'in');
    } else if (moved.out) this.#last = 'out';
    else if (moved.in) this.#last = 'in';
    if (moved.out && moved.in) this.#wasAnswered = true;
    else if (before !== undefined && before !== this.#last) this.#wasAnswered = true;
    this.#isPart = moved.isPart;
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
    this.#isPart = false;
    this.#crossings = 0;
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
