/** Bytes to begin with: some hundred rows. */
const INITIAL_BYTES = 128 * 1024;

/** Digits of the largest number that is exact, and a sign. */
const NUMBER_BYTES = 17;
/** What is written digit by digit in 31-bit arithmetic, which is the fastest. */
const INT31 = 0x4000_0000;

const COMMA = 0x2c;
const NEWLINE = 0x0a;
const QUOTE = 0x22;
const ZERO = 0x30;
const MINUS = 0x2d;

/**
 * Writes CSV as Go's encoding/csv does: commas, LF, and quotes only where they are needed. A field is one of `integer`,
 * `text` and `bytes`, or nothing, then {@link endField}.
 *
 * Fields become bytes at once; strings for some hundred cells a row would take several times as long.
 */
export class CsvWriter {
  #buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  #end = 0;

  /** Bytes that have been written and not taken. */
  get length(): number {
    return this.#end;
  }

  /** A safe integer in decimal, or a bigint. */
  integer(value: number | bigint): void {
    if (typeof value === 'bigint') {
      this.text(value.toString());
      return;
    }
    this.#reserve(NUMBER_BYTES);
    if (value >= 0 && value < 10) {
      this.#buffer[this.#end++] = ZERO + value;
      return;
    }
    let rest = value;
    if (rest < 0) {
      this.#buffer[this.#end++] = MINUS;
      rest = -rest;
    }
    if (rest < INT31) this.#digits(rest, digitCount(rest));
    else this.#bigDigits(rest);
  }

  /** Text, as UTF-8. */
  text(value: string): void {
    this.#reserve(value.length);
    const buffer = this.#buffer;
    let end = this.#end;
    for (let i = 0; i < value.length; i++) {
      const char = value.charCodeAt(i);
      if (isPlain(char)) {
        buffer[end++] = char;
      } else {
        this.bytes(Buffer.from(value, 'utf8'));
        return;
      }
    }
    this.#end = end;
  }

  /** Text that need not be UTF-8, as it is. */
  bytes(value: Uint8Array): void {
    this.#reserve(2 * value.length + 2);
    if (!needsQuotes(value)) {
      this.#buffer.set(value, this.#end);
      this.#end += value.length;
      return;
    }
    this.#buffer[this.#end++] = QUOTE;
    for (const byte of value) {
      if (byte === QUOTE) this.#buffer[this.#end++] = QUOTE;
      this.#buffer[this.#end++] = byte;
    }
    this.#buffer[this.#end++] = QUOTE;
  }

  /** Ends a field that is followed by another. */
  endField(): void {
    this.#reserve(1);
    this.#buffer[this.#end++] = COMMA;
  }

  /** Ends the last field of a row. */
  endRow(): void {
    this.#reserve(1);
    this.#buffer[this.#end++] = NEWLINE;
  }

  /** What has been written since the last time, as a copy. */
  take(): Buffer {
    const taken = Buffer.from(this.#buffer.subarray(0, this.#end));
    this.#end = 0;
    return taken;
  }

  /** Decimal digits of an integer below {@link INT31}, zeros in front up to `count`. */
  #digits(value: number, count: number): void {
    const buffer = this.#buffer;
    let rest = value;
    for (let at = this.#end + count - 1; at >= this.#end; at--) {
      const tenth = (rest / 10) | 0;
      buffer[at] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    this.#end += count;
  }

  #bigDigits(value: number): void {
    const high = Math.floor(value / 1e9);
    this.#digits(high, digitCount(high));
    this.#digits(value - high * 1e9, 9);
  }

  #reserve(count: number): void {
    if (this.#end + count <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, this.#end + count));
    this.#buffer.copy(larger, 0, 0, this.#end);
    this.#buffer = larger;
  }
}

/** Decimal digits of an integer below {@link INT31}. Compared, not multiplied: it is done for most cells. */
function digitCount(value: number): number {
  if (value < 1000) return value < 10 ? 1 : value < 100 ? 2 : 3;
  if (value < 1_000_000) return value < 10_000 ? 4 : value < 100_000 ? 5 : 6;
  if (value < 100_000_000) return value < 10_000_000 ? 7 : 8;
  return value < 1_000_000_000 ? 9 : 10;
}

/** Whether a character never asks for quotes: ASCII without blanks, control characters, `"`, `,` and `\`. */
function isPlain(char: number): boolean {
  return char > 0x20 && char < 0x7f && char !== QUOTE && char !== COMMA && char !== 0x5c;
}

/** What Go's unicode.IsSpace says of a text's first character. */
const LEADING_SPACE = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/**
 * Quotes are for what would be misread, for `\.`, which ends data in PostgreSQL, and for a space in front, which some
 * readers trim.
 */
function needsQuotes(value: Uint8Array): boolean {
  if (value.length === 2 && value[0] === 0x5c && value[1] === 0x2e) return true;
  for (const byte of value) {
    if (byte === COMMA || byte === QUOTE || byte === NEWLINE || byte === 0x0d) return true;
  }
  const first = value[0] ?? 0;
  if (first > 0x20 && first < 0x80) return false;
  return LEADING_SPACE.test(Buffer.from(value.subarray(0, 4)).toString('utf8'));
}
