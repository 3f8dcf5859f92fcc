const NEWLINE = 0x0a;
/** Number of newlines compared at once. */
const MANY = 1024;
const NEWLINES = Buffer.alloc(MANY, NEWLINE);

/**
 * Splitter of byte pieces into lines, without waiting and without decoding text. Memory holds one piece and one line;
 * lines that are too long are not kept.
 *
 * After each {@link push}, call {@link next} until it returns false; after the last one, call {@link finish}.
 */
export class LineSplitter {
  /** Number of the current line, from 1. */
  line = 0;
  /** Buffer with the current line from `start` to `end`, without its newline; valid until the next call. */
  bytes: Buffer = NOTHING;
  start = 0;
  end = 0;

  readonly #maxBytes: number;
  readonly #onTooLong: (line: number) => void;
  #piece: Buffer = NOTHING;
  #at = 0;
  /** Start of a line, from earlier pieces. */
  #begun: Buffer[] = [];
  #begunBytes = 0;
  /** True inside a line that is too long. */
  #skipping = false;

  /**
   * @param maxBytes maximum length of a line
   * @param onTooLong called with the number of each longer line, as soon as its length is known; the line is then
   *   skipped, unless this throws
   */
  constructor(maxBytes: number, onTooLong: (line: number) => void) {
    this.#maxBytes = maxBytes;
    this.#onTooLong = onTooLong;
  }

  /** Adds the next piece, after {@link next} has returned all lines of the previous one. The piece must not change. */
  push(piece: Buffer): void {
    this.#piece = piece;
    this.#at = 0;
  }

  /** Moves to the next line that ends in the piece. Returns false at the end of the piece. */
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

  /** Offset of the next line in the piece; -1 if a part of it is in an earlier piece, or is too long. */
  get nextStart(): number {
    return this.#begunBytes > 0 || this.#skipping ? -1 : this.#at;
  }

  /** Bytes of the piece. */
  get piece(): Buffer {
    return this.#piece;
  }

  /**
   * Moves to the line from {@link nextStart} to its newline at `newline`, as {@link next} does, without searching it.
   * Returns false, without moving, if the line is too long.
   */
  take(newline: number): boolean {
    if (newline - this.#at > this.#maxBytes) return false;
    this.line++;
    this.bytes = this.#piece;
    this.start = this.#at;
    this.end = newline;
    this.#at = newline + 1;
    return true;
  }

  /**
   * Skips consecutive empty lines of the piece, as if {@link next} had returned them, and returns their number. They
   * are one byte each, so there can be a thousand times as many as records.
   */
  skipEmpty(): number {
    if (this.#begunBytes > 0 || this.#skipping) return 0;
    const piece = this.#piece;
    const start = this.#at;
    if (piece[start] !== NEWLINE) return 0;
    let at = start;
    // Kilobytes of newlines are compared at once.
    for (let end = at + MANY; end <= piece.length && piece.compare(NEWLINES, 0, MANY, at, end) === 0; end += MANY)
      at = end;
    while (piece[at] === NEWLINE) at++;
    this.#at = at;
    this.line += at - start;
    return at - start;
  }

  /** Moves to the last line, which has no newline. Returns false if the input ended with a newline. */
  finish(): boolean {
    return this.#begunBytes > 0 || this.#skipping ? this.#found(NOTHING, 0, 0) : false;
  }

  /** Completes a line. Returns false if it is too long. */
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
