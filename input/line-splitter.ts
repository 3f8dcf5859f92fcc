const NEWLINE = 0x0a;
/** Newlines that are looked for together. */
const MANY = 1024;
const NEWLINES = Buffer.alloc(MANY, NEWLINE);

/**
 * Cuts bytes that come in pieces into lines, without waiting and without making text of them. The memory is one piece
 * and one line; of a line that is too long nothing is kept.
 *
 * After each {@link push}, call {@link next} until it is false; after the last one, {@link finish}.
 */
export class LineSplitter {
  /** Number of the line that was found last, from 1. */
  line = 0;
  /** The line lies at `start` to `end` in `bytes`, without its newline; valid until the next call. */
  bytes: Buffer = NOTHING;
  start = 0;
  end = 0;

  readonly #maxBytes: number;
  readonly #onTooLong: (line: number) => void;
  #piece: Buffer = NOTHING;
  #at = 0;
  /** A line's beginning, from earlier pieces. */
  #begun: Buffer[] = [];
  #begunBytes = 0;
  /** Whether we are inside of a line that is too long. */
  #skipping = false;

  /**
   * @param maxBytes longest line
   * @param onTooLong told of the number of each longer one as soon as that shows; the line is then passed over, unless
   *   this throws
   */
  constructor(maxBytes: number, onTooLong: (line: number) => void) {
    this.#maxBytes = maxBytes;
    this.#onTooLong = onTooLong;
  }

  /** Takes the next piece, when {@link next} has given all lines of the one before. It must not change. */
  push(piece: Buffer): void {
    this.#piece = piece;
    this.#at = 0;
  }

  /** Goes to the next line that ends in the piece; false when there is none. */
  next(): boolean {
    const piece = this.#piece;
    while (this.#at < piece.length) {
      const start = this.#at;
      const newline = piece.indexOf(NEWLINE, start);
      if (newline === -1) {
        this.#at = piece.length;
        this.#begin(piece.subarray(start));
        return false;
      }
      this.#at = newline + 1;
      if (this.#found(piece, start, newline)) return true;
    }
    return false;
  }

  /**
   * Passes over the empty lines that come next in the piece, as if {@link next} had given them; returns how many. One
   * byte each, they are a thousand times as many as records could be.
   */
  skipEmpty(): number {
    if (this.#begunBytes > 0 || this.#skipping) return 0;
    const piece = this.#piece;
    const start = this.#at;
    if (piece[start] !== NEWLINE) return 0;
    let at = start;
    // Kilobytes of nothing else are compared at once.
    for (let end = at + MANY; end <= piece.length && piece.compare(NEWLINES, 0, MANY, at, end) === 0; end += MANY)
      at = end;
    while (piece[at] === NEWLINE) at++;
    this.#at = at;
    this.line += at - start;
    return at - start;
  }

  /** Goes to the last line, which has no newline; false when there is none. */
  finish(): boolean {
    return this.#begunBytes > 0 || this.#skipping ? this.#found(NOTHING, 0, 0) : false;
  }

  /** The line that ends so is complete; false when it is too long. */
  #found(piece: Buffer, start: number, end: number): boolean {
    if (this.#skipping || this.#isTooLong(end - start)) {
      this.#skipping = false;
      this.line++;
      return false;
    }
    this.line++;
    if (this.#begunBytes === 0) {
      this.bytes = piece;
      this.start = start;
      this.end = end;
      return true;
    }
    this.bytes = Buffer.concat([...this.#begun, piece.subarray(start, end)]);
    this.start = 0;
    this.end = this.bytes.length;
    this.#begun = [];
    this.#begunBytes = 0;
    return true;
  }

  #begin(part: Buffer): void {
    if (this.#skipping) return;
    if (this.#isTooLong(part.length)) {
      this.#skipping = true;
      return;
    }
    this.#begun.push(part);
    this.#begunBytes += part.length;
  }

  #isTooLong(moreBytes: number): boolean {
    if (this.#begunBytes + moreBytes <= this.#maxBytes) return false;
    this.#begun = [];
    this.#begunBytes = 0;
    this.#onTooLong(this.line + 1);
    return true;
  }
}

const NOTHING = Buffer.alloc(0);
