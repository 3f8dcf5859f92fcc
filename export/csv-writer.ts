import { ByteWriter } from './byte-writer.js';

const COMMA = 0x2c;
const NEWLINE = 0x0a;
const QUOTE = 0x22;

/**
 * Writer of CSV in the form of Go's encoding/csv: commas, LF, and quotes only if needed. A field is at most one call of
 * `integer`, `text` or `bytes`, then {@link endField}.
 */
export class CsvWriter extends ByteWriter {
  /** Writes text as UTF-8. */
  text(value: string): void {
    this.reserve(value.length);
    const buffer = this.buffer;
    let end = this.end;
    for (let i = 0; i < value.length; i++) {
      const char = value.charCodeAt(i);
      if (isPlain(char)) {
        buffer[end++] = char;
      } else {
        this.bytes(Buffer.from(value, 'utf8'));
        return;
      }
    }
    this.end = end;
  }

  /** Writes text unchanged, which need not be UTF-8. */
  bytes(value: Uint8Array): void {
    this.reserve(2 * value.length + 2);
    if (!needsQuotes(value)) {
      this.buffer.set(value, this.end);
      this.end += value.length;
      return;
    }
    this.buffer[this.end++] = QUOTE;
    for (const byte of value) {
      if (byte === QUOTE) this.buffer[this.end++] = QUOTE;
      this.buffer[this.end++] = byte;
    }
    this.buffer[this.end++] = QUOTE;
  }

  /** Ends a field that is followed by another. */
  endField(): void {
    this.byte(COMMA);
  }

  /** Ends the last field of a row. */
  endRow(): void {
    this.byte(NEWLINE);
  }
}

/** Returns whether a character never needs quotes: ASCII without blanks, control characters, `"`, `,` and `\`. */
function isPlain(char: number): boolean {
  return char > 0x20 && char < 0x7f && char !== QUOTE && char !== COMMA && char !== 0x5c;
}

/** Pattern of a leading space as Go's unicode.IsSpace defines it. */
const LEADING_SPACE = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/**
 * Returns whether a field needs quotes: if it could be misread, for `\.`, which ends data in PostgreSQL, and for a
 * leading space, which some readers trim.
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
