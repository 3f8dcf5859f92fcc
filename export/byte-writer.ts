/** Initial size of the buffer: some hundred rows. */
const INITIAL_BYTES = 128 * 1024;

/** Digits of the largest safe integer, and a sign. */
const NUMBER_BYTES = 17;
/** Limit below which integers are written in 31-bit arithmetic, which is the fastest. */
const INT31 = 0x4000_0000;

/** Bytes that are copied at once. */
const WORD_BYTES = 4;
const NO_ROW = -1;

const ZERO = 0x30;
const MINUS = 0x2d;

/**
 * Writer of text as bytes. Numbers are written as digits directly: creating strings for some hundred values per row
 * would take several times as long.
 */
export class ByteWriter {
  /** Buffer whose first `end` bytes are written. It is replaced when it grows, so read it again after each write. */
  protected buffer: Buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  protected end = 0;
  #view = viewOf(this.buffer);
  /** Start of the bytes that are not taken. */
  #start = 0;
  /** Start of the latest row, or {@link NO_ROW}. */
  #row = NO_ROW;

  /** Number of bytes written and not taken. */
  get length(): number {
    return this.end - this.#start;
  }

  /** Offset at which the next byte is written; valid until {@link take}. */
  get position(): number {
    return this.end;
  }

  /**
   * Begins a row, whose bytes stay here for {@link copyOf}, even when they are taken.
   * @returns offset of the row before; -1 without one
   */
  beginRow(): number {
    const before = this.#row;
    this.#row = this.end;
    return before;
  }

  /** Removes what was written since {@link beginRow}. */
  rewriteRow(): void {
    this.end = this.#row;
  }

  /** Writes a copy of bytes that are here, such as a part of the row before. */
  copyOf(from: number, to: number): void {
    this.reserve(to - from + WORD_BYTES);
    const view = this.#view;
    let end = this.end;
    // Whole words: the bytes behind the copy are written next.
    for (let at = from; at < to; at += WORD_BYTES, end += WORD_BYTES) view.setInt32(end, view.getInt32(at, true), true);
    this.end += to - from;
  }

  /** Writes ASCII text that stands in other bytes. */
  copy(bytes: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    const buffer = this.buffer;
    let to = this.end;
    for (let at = start; at < end; at++) buffer[to++] = bytes[at] ?? 0;
    this.end = to;
  }

  /** Writes a safe integer or a bigint in decimal. */
  integer(value: number | bigint): void {
    if (typeof value === 'bigint') {
      this.ascii(value.toString());
      return;
    }
    this.reserve(NUMBER_BYTES);
    if (value >= 0 && value < 10) {
      this.buffer[this.end++] = ZERO + value;
      return;
    }
    let rest = value;
    if (rest < 0) {
      this.buffer[this.end++] = MINUS;
      rest = -rest;
    }
    if (rest < INT31) this.#digits(rest, digitCount(rest));
    else this.#bigDigits(rest);
  }

  /** Writes ASCII text unchanged. */
  ascii(text: string): void {
    this.reserve(text.length);
    const buffer = this.buffer;
    let end = this.end;
    for (let i = 0; i < text.length; i++) buffer[end++] = text.charCodeAt(i);
    this.end = end;
  }

  /** Writes bytes unchanged. */
  raw(bytes: Uint8Array): void {
    const { length } = bytes;
    this.reserve(length);
    if (length > 64) {
      this.buffer.set(bytes, this.end);
    } else {
      // Faster than a call for a few bytes.
      for (let i = 0; i < length; i++) this.buffer[this.end + i] = bytes[i] ?? 0;
    }
    this.end += length;
  }

  /** Writes one byte. */
  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.end++] = value;
  }

  /** Returns a copy of the bytes written since the last call. */
  take(): Buffer {
    const taken = Buffer.from(this.buffer.subarray(this.#start, this.end));
    const row = this.#row;
    this.#start = 0;
    if (row !== NO_ROW) {
      this.buffer.copyWithin(0, row, this.end);
      this.#start = this.end - row;
      this.#row = 0;
    }
    this.end = this.#start;
    return taken;
  }

  /** Makes room for `count` bytes after the written ones. */
  protected reserve(count: number): void {
    if (this.end + count <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.buffer.length, this.end + count));
    this.buffer.copy(larger, 0, 0, this.end);
    this.buffer = larger;
    this.#view = viewOf(larger);
  }

  /** Writes an integer below {@link INT31} in decimal, with leading zeros up to `count` digits. */
  #digits(value: number, count: number): void {
    const buffer = this.buffer;
    let rest = value;
    for (let at = this.end + count - 1; at >= this.end; at--) {
      const tenth = (rest / 10) | 0;
      buffer[at] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    this.end += count;
  }

  #bigDigits(value: number): void {
    const high = Math.floor(value / 1e9);
    this.#digits(high, digitCount(high));
    this.#digits(value - high * 1e9, 9);
  }
}

/**
 * Returns the number of decimal digits of an integer below {@link INT31}. Comparisons are the fastest, and this runs
 * for most cells.
 */
function digitCount(value: number): number {
  if (value < 1000) return value < 10 ? 1 : value < 100 ? 2 : 3;
  if (value < 1_000_000) return value < 10_000 ? 4 : value < 100_000 ? 5 : 6;
  if (value < 100_000_000) return value < 10_000_000 ? 7 : 8;
  return value < 1_000_000_000 ? 9 : 10;
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
