import { ByteWriter } from './byte-writer.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Writer of JSON values as bytes. The caller writes the punctuation between them. */
export class JsonWriter extends ByteWriter {
  /** Writes a quoted string. Invalid Unicode (a lone surrogate) is escaped. */
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

  /** Writes bytes as a string. Invalid UTF-8 becomes U+FFFD. */
  bytes(value: Uint8Array): void {
    this.text(Buffer.from(value.buffer, value.byteOffset, value.length).toString('utf8'));
  }

  /** Writes a number in its shortest exact form; null for a number that JSON cannot express. */
  number(value: number): void {
    if (Number.isSafeInteger(value)) this.integer(value);
    else this.ascii(Number.isFinite(value) ? String(value) : 'null');
  }
}
