/** A segment that came before the bytes in front of it; owned by its stream. */
export interface HeldSegment {
  sequence: number;
  /** Length as it travelled. */
  length: number;
  /** Captured bytes, from its start. */
  readonly bytes: Uint8Array;
  /** Time at the tap, as the caller counts. */
  readonly time: number;
  /** Acknowledgment number of the segment. */
  readonly acknowledgment: number;
  /** True if a segment began here, or the rest of one that overlapped others. */
  readonly begins: boolean;
  next: HeldSegment | null;
}

/** State of a stream while something is missing. */
class Wait {
  heldBytes = 0;
  since = 0;
  listed = false;
  earlier: Stream | null = null;
  later: Stream | null = null;
}

/** Flags of {@link Stream}, and the first one that classes made of it may use. */
const KNOWN = 1;
const FIN_SEEN = 2;
const FINISHED = 4;
export const FIRST_FLAG = 8;

/**
 * One direction of a connection: which byte is expected, and what came before it. Sequence numbers are signed. There may
 * be many, and most wait for nothing: flags share a field, and what only few need is made when they do.
 */
export class Stream {
  #flags = 0;
  #wait: Wait | null = null;
  /** Sequence number of the next byte expected. */
  next = 0;
  /** Sequence number behind the last byte, once a FIN was seen. */
  finAt = 0;
  /** Acknowledgment number of the segment whose bytes are delivered now. */
  acknowledgment = 0;
  /** Segments ahead, by sequence number, without overlaps. */
  held: HeldSegment | null = null;
  /** Number of the last loss noted in the reassembler when this stream last delivered. */
  losses = 0;

  /** True if `next` is known. */
  get known(): boolean {
    return this.flag(KNOWN);
  }

  set known(value: boolean) {
    this.setFlag(KNOWN, value);
  }

  get finSeen(): boolean {
    return this.flag(FIN_SEEN);
  }

  set finSeen(value: boolean) {
    this.setFlag(FIN_SEEN, value);
  }

  /** True if all bytes up to the FIN were delivered. */
  get finished(): boolean {
    return this.flag(FINISHED);
  }

  set finished(value: boolean) {
    this.setFlag(FINISHED, value);
  }

  get heldBytes(): number {
    return this.#wait?.heldBytes ?? 0;
  }

  set heldBytes(value: number) {
    if (value !== this.heldBytes) this.#waiting().heldBytes = value;
  }

  /** True while something is missing. */
  get waiting(): boolean {
    return this.#wait?.listed ?? false;
  }

  set waiting(value: boolean) {
    if (value !== this.waiting) this.#waiting().listed = value;
  }

  /** Since when something is missing; valid while `waiting`. */
  get waitingSince(): number {
    return this.#wait?.since ?? 0;
  }

  set waitingSince(value: number) {
    this.#waiting().since = value;
  }

  /** Neighbours in the reassembler's list of waiting streams. */
  get earlier(): Stream | null {
    return this.#wait?.earlier ?? null;
  }

  set earlier(value: Stream | null) {
    if (value !== this.earlier) this.#waiting().earlier = value;
  }

  get later(): Stream | null {
    return this.#wait?.later ?? null;
  }

  set later(value: Stream | null) {
    if (value !== this.later) this.#waiting().later = value;
  }

  protected flag(flag: number): boolean {
    return (this.#flags & flag) !== 0;
  }

  protected setFlag(flag: number, value: boolean): void {
    this.#flags = value ? this.#flags | flag : this.#flags & ~flag;
  }

  #waiting(): Wait {
    this.#wait ??= new Wait();
    return this.#wait;
  }
}
