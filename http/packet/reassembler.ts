import type { HeldSegment, Stream } from './stream.js';

/** Why bytes are missing: cut by the snap length, lost, or given up because too much was held. */
export type HoleCause = 'cut' | 'lost' | 'overload';

/** Receiver of the bytes of streams, in order. */
export interface StreamSink<S extends Stream> {
  /**
   * Bytes `start` to `end` of `bytes`; the first one is `stream.next`. `begins`: a segment begins with them.
   * `whole`: the segment ends with them, and none of it was cut. Copy what you keep.
   */
  data(stream: S, bytes: Uint8Array, start: number, end: number, begins: boolean, whole: boolean, time: number): void;
  /** `length` bytes from `stream.next` on that were not captured. */
  hole(stream: S, length: number, cause: HoleCause, time: number): void;
  /** All bytes up to the FIN were delivered. */
  fin(stream: S, time: number): void;
}

/** Bounds of {@link Reassembler}. */
export interface ReassemblyLimits {
  /** Bytes that may wait for others, in one direction and in all. */
  readonly heldBytes: number;
  readonly totalHeldBytes: number;
  /** Time that they may wait, in the caller's unit of time. */
  readonly patience: number;
}

/** Memory of a held segment besides its bytes, about. */
const OVERHEAD = 128;
/** A FIN that is further from the next byte expected is of another connection, or made up. */
const FARTHEST_FIN = 2 ** 30;

/**
 * Puts segments of streams in order. Bytes that were delivered are dropped when they come again (retransmissions, and
 * second sights of a packet on another interface); of overlaps the first bytes win. Time is a parameter.
 */
export class Reassembler<S extends Stream> {
  readonly #sink: StreamSink<S>;
  readonly #limits: ReassemblyLimits;
  /** Streams that wait, by since when. */
  #oldest: Stream | null = null;
  #newest: Stream | null = null;
  /** Bytes that wait now, with what it takes to hold them. */
  heldBytes = 0;
  /** Number of losses noted; a new stream starts with it. */
  losses = 0;

  constructor(sink: StreamSink<S>, limits: ReassemblyLimits) {
    this.#sink = sink;
    this.#limits = limits;
  }

  /** Notes that packets were lost: what was missing, or is missed next, will not come any more. */
  lose(): void {
    this.losses++;
    while (this.#oldest !== null) this.giveUp(this.#oldest as S, 'lost', this.#oldest.waitingSince);
  }

  /**
   * Takes a segment's payload: `length` bytes at `sequence`; those from `start` to `end` of `bytes` were captured. The
   * stream must be known. `acknowledgment` is that of the segment.
   */
  segment(
    stream: S,
    sequence: number,
    length: number,
    acknowledgment: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    time: number,
  ): void {
    const beyond = stream.finSeen ? (sequence + length - stream.finAt) | 0 : 0;
    if (beyond > 0) {
      // Nothing comes behind a FIN.
      const left = length - beyond;
      if (left > 0)
        this.segment(stream, sequence, left, acknowledgment, bytes, start, Math.min(end, start + left), time);
      return;
    }
    const before = stream.next;
    if (sequence === before && stream.held === null) {
      stream.acknowledgment = acknowledgment;
      this.#deliver(stream, length, bytes, start, end, true, time);
    } else if (((sequence + length - stream.next) | 0) > 0) {
      this.#hold(stream, sequence, length, acknowledgment, bytes, start, end, time);
      this.#drain(stream, time);
    }
    // What is missing now is another hole.
    if (stream.waiting && stream.next !== before) this.#unlist(stream);
    this.#settle(stream, time);
  }

  /** Notes the FIN that ends a stream. A second one changes nothing, nor does one that is far from what is expected. */
  fin(stream: S, finAt: number, time: number): void {
    if (Math.abs((finAt - stream.next) | 0) > FARTHEST_FIN) return;
    if (!stream.finSeen) {
      stream.finSeen = true;
      stream.finAt = finAt;
    }
    this.#settle(stream, time);
  }

  /** Reports as holes what has been missing for too long at `time`. */
  expire(time: number): void {
    while (this.#oldest !== null && time - this.#oldest.waitingSince >= this.#limits.patience) {
      this.giveUp(this.#oldest as S, 'lost', time);
    }
  }

  /**
   * Notes that the receiver has all bytes before `acknowledged`: those missing were lost on their way to this program,
   * and will not come again.
   */
  acknowledge(stream: S, acknowledged: number, time: number): void {
    const until = stream.finSeen && ((acknowledged - stream.finAt) | 0) > 0 ? stream.finAt : acknowledged;
    while (((until - stream.next) | 0) > 0) {
      const known = stream.held === null ? until : stream.held.sequence;
      const missing = ((known - until) | 0) > 0 ? until : known;
      this.#hole(stream, (missing - stream.next) | 0, 'lost', time);
      this.#drain(stream, time);
    }
    this.#settle(stream, time);
  }

  /** Delivers what waits, up to the FIN, with holes where bytes are missing. */
  giveUp(stream: S, cause: HoleCause, time: number): void {
    while (stream.held !== null && !stream.finished) {
      this.#hole(stream, (stream.held.sequence - stream.next) | 0, cause, time);
      this.#drain(stream, time);
    }
    const missing = (stream.finAt - stream.next) | 0;
    if (stream.finSeen && !stream.finished && missing > 0) this.#hole(stream, missing, cause, time);
    this.#settle(stream, time);
  }

  /** Forgets what a stream holds. */
  drop(stream: S): void {
    this.heldBytes -= stream.heldBytes;
    stream.held = null;
    stream.heldBytes = 0;
    this.#unlist(stream);
  }

  #deliver(
    stream: S,
    length: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    begins: boolean,
    time: number,
  ): void {
    const captured = end - start;
    const cut = length - captured;
    if (captured > 0) {
      this.#sink.data(stream, bytes, start, end, begins, cut === 0, time);
      stream.next = (stream.next + captured) | 0;
    }
    if (cut > 0) this.#hole(stream, cut, 'cut', time);
    stream.losses = this.losses;
  }

  #hole(stream: S, length: number, cause: HoleCause, time: number): void {
    this.#sink.hole(stream, length, cause, time);
    stream.next = (stream.next + length) | 0;
  }

  /** Inserts those parts of a segment that are new. */
  #hold(
    stream: S,
    sequence: number,
    length: number,
    acknowledgment: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    time: number,
  ): void {
    // All positions are distances from the next byte expected.
    const base = stream.next;
    const first = (sequence - base) | 0;
    const last = first + length;
    let at = Math.max(0, first);
    let before: HeldSegment | null = null;
    let node = stream.held;
    while (at < last) {
      const nodeStart = node === null ? last : (node.sequence - base) | 0;
      if (at < nodeStart) {
        const until = Math.min(nodeStart, last);
        const from = Math.min(start + at - first, end);
        const kept = bytes.slice(from, Math.min(start + until - first, end));
        const added: HeldSegment = {
          sequence: (base + at) | 0,
          length: until - at,
          bytes: kept,
          time,
          acknowledgment,
          begins: at === first,
          next: node,
        };
        if (before === null) stream.held = added;
        else before.next = added;
        before = added;
        stream.heldBytes += kept.length + OVERHEAD;
        this.heldBytes += kept.length + OVERHEAD;
        at = until;
      }
      if (node === null) return;
      at = Math.max(at, nodeStart + node.length);
      before = node;
      node = node.next;
    }
  }

  /** Delivers held segments that are next. */
  #drain(stream: S, time: number): void {
    for (let node = stream.held; node !== null && node.sequence === stream.next; node = stream.held) {
      stream.held = node.next;
      stream.acknowledgment = node.acknowledgment;
      stream.heldBytes -= node.bytes.length + OVERHEAD;
      this.heldBytes -= node.bytes.length + OVERHEAD;
      this.#deliver(stream, node.length, node.bytes, 0, node.bytes.length, node.begins, Math.max(node.time, time));
      if (stream.held === null) return;
    }
  }

  /** Ends a stream whose FIN is reached, and keeps the list of waiting ones and the bounds. */
  #settle(stream: S, time: number): void {
    if (stream.finSeen && !stream.finished && ((stream.next - stream.finAt) | 0) >= 0) {
      stream.finished = true;
      this.drop(stream);
      this.#sink.fin(stream, time);
      return;
    }
    if (stream.held === null && (!stream.finSeen || stream.finished)) {
      if (stream.waiting) this.#unlist(stream);
      return;
    }
    // One segment is always held, as it may be longer than the bound.
    const tooMuch = stream.heldBytes > this.#limits.heldBytes && stream.held?.next;
    if (tooMuch || stream.losses !== this.losses) {
      this.giveUp(stream, 'lost', time);
      return;
    }
    if (!stream.waiting) this.#list(stream, time);
    while (this.heldBytes > this.#limits.totalHeldBytes && this.#oldest !== null) {
      this.giveUp(this.#oldest as S, 'overload', time);
    }
  }

  #list(stream: Stream, time: number): void {
    stream.waiting = true;
    stream.waitingSince = time;
    stream.earlier = this.#newest;
    if (this.#newest === null) this.#oldest = stream;
    else this.#newest.later = stream;
    this.#newest = stream;
  }

  #unlist(stream: Stream): void {
    if (!stream.waiting) return;
    if (stream.earlier === null) this.#oldest = stream.later;
    else stream.earlier.later = stream.later;
    if (stream.later === null) this.#newest = stream.earlier;
    else stream.later.earlier = stream.earlier;
    stream.waiting = false;
    stream.earlier = null;
    stream.later = null;
  }
}
