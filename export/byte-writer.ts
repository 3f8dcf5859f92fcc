/** Bytes to begin with: some hundred rows. */
const INITIAL_BYTES = 128 * 1024;

/** Digits of the largest number that is exact, and a sign. */
const NUMBER_BYTES = 17;
/** What is written digit by digit in 31-bit arithmetic, which is the fastest. */
const INT31 = 0x4000_0000;

const ZERO = 0x30;
const MINUS = 0x2d;

/**
 * Gathers text as bytes. Numbers become digits at once; strings for some hundred values a row would take several times
 * as long.
 */
export class ByteWriter {
  /** What has been written is its first `end` bytes. Grows; take it anew after each write. */
  protected buffer: Buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  protected end = 0;

  /** Bytes that have been written and not taken. */
  get length(): number {
    return this.end;
  }

  /** A safe integer in decimal, or a bigint. */
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

  /** Text of nothing but ASCII, as it is. */
  ascii(text: string): void {
    this.reserve(text.length);
    const buffer = this.buffer;
    let end = this.end;
    for (let i = 0; i < text.length; i++) buffer[end++] = text.charCodeAt(i);
    this.end = end;
  }

  /** Bytes, as they are. */
  raw(bytes: Uint8Array): void {
    const { length } = bytes;
    this.reserve(length);
    if (length > 64) {
      this.buffer.set(bytes, this.end);
    } else {
      // Quicker than a call for a few.
      for (let i = 0; i < length; i++) this.buffer[this.end + i] = bytes[i] ?? 0;
    }
    this.end += length;
  }

  /** One byte. */
  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.end++] = value;
  }

  /** What has been written since the last time, as a copy. */
  take(): Buffer {
    const taken = Buffer.from(this.buffer.subarray(0, this.end));
    this.end = 0;
    return taken;
  }

  /** Makes room for so many bytes behind what there is. */
  protected reserve(count: number): void {
    if (this.end + count <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.buffer.length, this.end + count));
    this.buffer.copy(larger, 0, 0, this.end);
    this.buffer = larger;
  }

  /** Decimal digits of an integer below {@link INT31}, zeros in front up to `count`. */
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

/** Decimal digits of an integer below {@link INT31}. Compared, not multiplied: it is done for most cells. */
function digitCount(value: number): number {
  if (value < 1000) return value < 10 ? 1 : value < 100 ? 2 : 3;
  if (value < 1_000_000) return value < 10_000 ? 4 : value < 100_000 ? 5 : 6;
  if (value < 100_000_000) return value < 10_000_000 ? 7 : 8;
  return value < 1_000_000_000 ? 9 : 10;
}
