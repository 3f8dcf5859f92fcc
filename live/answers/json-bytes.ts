const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
const LAST_ASCII = 0x7e;
const ZERO = 0x30;
/** Integers that are written digit by digit. */
const MAX_SMALL = 2 ** 31 - 1;
/** Bytes of a UTF-16 unit in UTF-8, at most. */
const UTF8_BYTES = 3;

/**
 * JSON as bytes. Texts would be joined and encoded first, which takes three times as long. Chunks are cut between
 * values, so that none has to grow.
 */
export class JsonBytes {
  readonly #chunkBytes: number;
  readonly #chunks: Uint8Array[] = [];
  #bytes: Uint8Array;
  #at = 0;

  /** @param chunkBytes size of the chunks; a longer value has its own */
  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
    this.#bytes = new Uint8Array(chunkBytes);
  }

  /** Appends bytes of JSON. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    const to = this.#bytes;
    let at = this.#at;
    for (let i = 0; i < bytes.length; i++) to[at++] = bytes[i] ?? 0;
    this.#at = at;
  }

  /** Appends a number; null for one that is not finite, as JSON.stringify does. */
  number(value: number): void {
    if (value >= 0 && value <= MAX_SMALL && Math.floor(value) === value) this.#integer(value);
    else this.#ascii(Number.isFinite(value) ? String(value) : 'null');
  }

  /** Appends a string in quotes. */
  string(text: string): void {
    this.#reserve(text.length + 2);
    const to = this.#bytes;
    let at = this.#at;
    to[at++] = QUOTE;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code < FIRST_PRINTABLE || code > LAST_ASCII || code === QUOTE || code === BACKSLASH) {
        this.json(text);
        return;
      }
      to[at++] = code;
    }
    to[at++] = QUOTE;
    this.#at = at;
  }

  /** Appends any value, as JSON.stringify formats it. */
  json(value: unknown): void {
    const text = JSON.stringify(value);
    this.#reserve(UTF8_BYTES * text.length);
    const { buffer, byteOffset, byteLength } = this.#bytes;
    this.#at += Buffer.from(buffer, byteOffset, byteLength).write(text, this.#at, 'utf8');
  }

  /** Returns the chunks so far, which are the caller's. */
  take(): Uint8Array[] {
    this.#cut(this.#chunkBytes);
    return this.#chunks.splice(0);
  }

  #integer(value: number): void {
    let digits = 1;
    for (let limit = 10; value >= limit; limit *= 10) digits++;
    this.#reserve(digits);
    let rest = value;
    for (let at = this.#at + digits - 1; at >= this.#at; at--) {
      const next = Math.floor(rest / 10);
      this.#bytes[at] = ZERO + rest - 10 * next;
      rest = next;
    }
    this.#at += digits;
  }

  #ascii(text: string): void {
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.#bytes[this.#at++] = text.charCodeAt(i);
  }

  /** Makes room for a number of bytes. */
  #reserve(bytes: number): void {
    if (this.#at + bytes > this.#bytes.length) this.#cut(Math.max(this.#chunkBytes, bytes));
  }

  #cut(nextBytes: number): void {
    if (this.#at > 0) this.#chunks.push(this.#bytes.subarray(0, this.#at));
    this.#bytes = new Uint8Array(nextBytes);
    this.#at = 0;
  }
}
