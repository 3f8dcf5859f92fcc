const QUOTE = 0x22;
const ZERO = 0x30;
/** Integers that are written digit by digit. */
const MAX_SMALL = 2 ** 31 - 1;
/** Texts from this length on are copied as a whole. */
const LONG = 16;
/** Anything but printable ASCII without quotes and backslashes. */
const ESCAPED = /[^ !#-[\]-~]/;
/** 1 for each character that JSON has as it is: printable ASCII without quotes and backslashes. */
const IS_PLAIN = Uint8Array.from({ length: 128 }, (_, code) => (ESCAPED.test(String.fromCharCode(code)) ? 0 : 1));
/** Bytes of a UTF-16 unit in UTF-8, at most. */
const UTF8_BYTES = 3;

/**
 * JSON as bytes. Texts would be joined and encoded first, which takes three times as long. Chunks are cut between
 * values, so that none has to grow.
 */
export class JsonBytes {
  readonly #chunkBytes: number;
  readonly #chunks: Uint8Array[] = [];
  #bytes: Buffer;
  #at = 0;

  /** @param chunkBytes size of the chunks; a longer value has its own */
  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
    this.#bytes = Buffer.allocUnsafeSlow(chunkBytes);
  }

  /** Appends a byte of JSON. */
  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }

  /** Appends bytes of JSON. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    if (bytes.length >= LONG) {
      this.#bytes.set(bytes, this.#at);
      this.#at += bytes.length;
      return;
    }
    const to = this.#bytes;
    let at = this.#at;
    for (let i = 0; i < bytes.length; i++) to[at++] = bytes[i] ?? 0;
    this.#at = at;
  }

  /** Appends a text that is JSON. */
  text(text: string): void {
    this.#reserve(UTF8_BYTES * text.length);
    this.#at += this.#bytes.write(text, this.#at, 'utf8');
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
    if (text.length >= LONG) {
      if (ESCAPED.test(text)) {
        this.json(text);
        return;
      }
      to[at++] = QUOTE;
      at += to.write(text, at, 'latin1');
      to[at++] = QUOTE;
      this.#at = at;
      return;
    }
    to[at++] = QUOTE;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (IS_PLAIN[code] !== 1) {
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
    this.text(JSON.stringify(value));
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
      const next = (rest / 10) | 0;
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
    this.#bytes = Buffer.allocUnsafeSlow(nextBytes);
    this.#at = 0;
  }
}
