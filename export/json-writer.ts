import { ByteWriter } from './byte-writer.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Writes JSON values as bytes. Whoever uses it writes what stands between them. */
export class JsonWriter extends ByteWriter {
  /** A string, with its quotes. What is no Unicode text (a lone surrogate) is escaped. */
  text(value: string): void {
    this.reserve(value.length + 2);
    const buffer = this.buffer;
    let end = this.end;
    buffer[end++] = QUOTE;
    for (let i = 0; i < value.length; i++) {
      const char = value.charCodeAt(i);
      if (char < 0x20 || char > 0x7e || char === QUOTE || char === BACKSLASH) {
        this.raw(Buffer.from(JSON.stringify(value)));
        return;
      }
      buffer[end++] = char;
    }
    buffer[end++] = QUOTE;
    this.end = end;
  }

  /** A string of bytes, of which those that are not UTF-8 become U+FFFD. */
  bytes(value: Uint8Array): void {
    this.text(Buffer.from(value.buffer, value.byteOffset, value.length).toString('utf8'));
  }

  /** A number, as short as it is exact; null for one that JSON does not have. */
  number(value: number): void {
    if (Number.isSafeInteger(value)) this.integer(value);
    else this.ascii(Number.isFinite(value) ? String(value) : 'null');
  }
}
