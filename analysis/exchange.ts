import { TcpState } from '../tcp/index.js';
import type { Moved } from './moved.js';
import type { Observation } from './observation.js';

/**
 * End that is expected to send: `here` is this end's program, `peer` the other end, `none` is the pause between
 * exchanges.
 */
export type Turn = 'here' | 'peer' | 'none';

/** Number of crossings from which both ends count as sending without waiting for each other. */
const CROSSED = 2;
/** Maximum number of crossings to remember: after as many turns the connection counts as an exchange again. */
const MOST_CROSSINGS = 4;

/**
 * Tracker of the end that sends and the end that answers on one connection. The client is the end that opened the
 * connection or, if unknown, that sent the first payload. After the client's request, the peer's answer is due; after
 * the answer, nothing is. For the other end, an answer is due after each request. A direction that goes on without an
 * answer is a stream; payload that crosses payload in flight means two streams.
 */
export class Exchange {
  #isClient: boolean | undefined;
  #last: 'out' | 'in' | undefined;
  /** True while `#last` is only supposed: the connection was joined when both ends had sent. */
  #isSupposed = false;
  /** Number of intervals with payload sent since payload was last received. */
  #sends = 0;
  #receives = 0;
  /** True once payload has gone one way and then the other. */
  #wasAnswered = false;
  /** True if the last interval had only a part of an end's message. */
  #isPart = false;
  /** Number of recent crossings, minus the turns since. */
  #crossings = 0;

  /** Adds the first snapshot, which may show bytes moved before it. */
  begin(first: Observation): void {
    this.#learnRole(first);
    if ((first.bytesSent ?? 0) > 0 && (first.bytesReceived ?? 0) === 0) this.#last = 'out';
    if ((first.bytesReceived ?? 0) > 0 && (first.bytesSent ?? 0) === 0) this.#last = 'in';
    if (this.#last === 'out') this.#sends = 1;
    if (this.#last === 'in') this.#receives = 1;
    // Both have sent: most likely a whole exchange of a connection that is younger than its first snapshot.
    if (this.#isClient === undefined || this.#last !== undefined || (first.bytesSent ?? 0) === 0) return;
    this.#last = this.#isClient ? 'in' : 'out';
    this.#isSupposed = true;
  }

  /**
   * Returns the end that was expected to send in an interval without outstanding data, from this and earlier movements.
   */
  turn(moved: Moved): Turn {
    const isClient = this.#isClient ?? true;
    const before = this.#last;
    if (moved.out && moved.in) {
      // A whole exchange, or the rest of one and a new request: the state before it decides.
      if (before === undefined) return 'none';
      if (isClient) return before === 'out' ? 'peer' : 'none';
      return before === 'in' ? 'here' : 'none';
    }
    if (moved.out) return isClient && before === 'in' ? 'none' : 'here';
    if (moved.in) return !isClient && before === 'out' ? 'none' : 'peer';
    if (before === undefined) return 'none';
    // Nothing moved: an answer is due, except for a stream, which pauses.
    if (isClient) return before === 'out' && (this.#wasAnswered || this.#sends <= 1) ? 'peer' : 'none';
    return before === 'in' && (this.#wasAnswered || this.#receives <= 1) ? 'here' : 'none';
  }

  /**
   * Returns true while this end waits for the peer: its request is in flight, or was sent at once and has no answer.
   * False for a stream and for an answer.
   */
  isAsking(moved: Moved): boolean {
    if (!(this.#isClient ?? true) || this.#isTwoWay(moved)) return false;
    if (moved.in) return true;
    return moved.isBurst && this.#sends + (moved.out ? 1 : 0) <= 1;
  }

  /** Returns true while an answer of the accepting end is in flight: sent at once, and not a stream. */
  isAnswering(moved: Moved): boolean {
    if (this.#isClient !== false || !moved.isBurst || this.#isTwoWay(moved)) return false;
    // Payload sent after a request arrived is the next answer.
    return this.#sends + (moved.out && !moved.in ? 1 : 0) <= 1;
  }

  /** Returns the number of exchanges that ended in an interval. Call it before {@link add}. */
  exchanges(moved: Moved): number {
    if (moved.out && moved.in) return moved.exchanges;
    return moved.in && this.#last === 'out' ? 1 : 0;
  }

  /**
   * Returns the last of two directions. In an answer and the next request, or a request and its answer, the previous
   * last direction is last again; but the rest of an end's message comes first.
   */
  #lastAgain({ isRest, isShort }: Moved): 'out' | 'in' | undefined {
    const isRestOfPart = this.#isPart && isShort;
    if (this.#last === 'out') return isRest || isRestOfPart ? 'in' : 'out';
    return this.#last === 'in' && isRestOfPart ? 'out' : this.#last;
  }

  /** Returns {@link #lastAgain} if it is known, else what acknowledgements say. */
  #lastKnownAgain(moved: Moved): 'out' | 'in' | undefined {
    return (this.#isSupposed ? undefined : this.#lastAgain(moved)) ?? moved.acknowledged ?? this.#lastAgain(moved);
  }

  /** Returns true while both ends send without waiting for each other. */
  #isTwoWay({ isCrossing }: Moved): boolean {
    return this.#crossings + (isCrossing ? 1 : 0) >= CROSSED;
  }

  /** Adds the next snapshot and the movement since the previous one. */
  add(now: Observation, moved: Moved): void {
    this.#learnRole(now);
    const before = this.#last;
    if (this.#isClient === undefined && before === undefined && moved.out !== moved.in) this.#isClient = moved.out;
    if (moved.isCrossing) this.#crossings = Math.min(MOST_CROSSINGS, this.#crossings + 1);
    else if (moved.isInTurn) this.#crossings = Math.max(0, this.#crossings - 1);
    if (moved.out && moved.in) {
      // If payload crosses, neither end waits for an answer.
      const known = this.#crossings > 0 ? undefined : (moved.last ?? this.#lastKnownAgain(moved));
      this.#isSupposed = known === undefined;
      this.#last = known ?? (this.#isClient === false ? 'out' : 'in');
    } else if (moved.out || moved.in) {
      this.#last = moved.out ? 'out' : 'in';
      this.#isSupposed = false;
    } else if (this.#isSupposed && this.#crossings === 0 && moved.acknowledged !== undefined) {
      this.#last = moved.acknowledged;
      this.#isSupposed = false;
    }
    if (moved.out && moved.in) this.#wasAnswered = true;
    else if (before !== undefined && before !== this.#last) this.#wasAnswered = true;
    this.#isPart = moved.isPart;
    if (moved.in) this.#sends = 0;
    if (moved.out) this.#receives = 0;
    if (moved.out && this.#last === 'out') this.#sends++;
    if (moved.in && this.#last === 'in') this.#receives++;
  }

  /** Resets everything for the next connection. */
  reset(): void {
    this.#isClient = undefined;
    this.#last = undefined;
    this.#isSupposed = false;
    this.#sends = 0;
    this.#receives = 0;
    this.#wasAnswered = false;
    this.#isPart = false;
    this.#crossings = 0;
  }

  /** Determines which end opened the connection: its SYN is one acknowledged byte beyond the payload. */
  #learnRole({ state, bytesAcked, bytesSent, bytesRetrans, unacked, notsentBytes }: Observation): void {
    if (state === TcpState.SYN_SENT) this.#isClient = true;
    if (state === TcpState.SYN_RECV) this.#isClient = false;
    if (state !== TcpState.ESTABLISHED || unacked !== 0 || (notsentBytes ?? 0) > 0) return;
    if (bytesAcked === null || bytesSent === null || bytesRetrans === null) return;
    const syn = bytesAcked - (bytesSent - bytesRetrans);
    if (syn === 0 || syn === 1) this.#isClient = syn === 1;
  }
}
