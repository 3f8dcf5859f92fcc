import { quadBits } from './six-bits.js';

/** Number of characters that are compared at once. */
const STEP = 8;
/** Initial room for the text, enough for a typical record. */
const INITIAL_BYTES = 2048;

/**
 * Base64 text of a record's payloads, and the offset that each of them was decoded to. Most records of an archive have
 * the layout of the previous one, and few bytes differ: comparing texts is many times as fast as decoding them.
 */
export class RepeatedText {
  #text = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#text.buffer);
  #length = 0;
  /** Start and end of each payload's whole groups of four characters in the text, and the offset of their bytes. */
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #target: number[] = [];
  #count = 0;
  /** Bytes of the latest comparison, and a view of them. */
  #bytes: Uint8Array = this.#text;
  #bytesView: DataView = this.#view;

  /** Forgets the text, to begin the next one. */
  begin(): void {
    this.#length = 0;
    this.#count = 0;
  }

  /**
   * Adds a payload, in the order of the text.
   * @param from offset of its characters in the text
   * @param characters number of characters, without a padded group
   * @param target offset of its decoded bytes
   */
  note(from: number, characters: number, target: number): void {
    const at = this.#count++;
    this.#from[at] = from;
    this.#to[at] = from + characters;
    this.#target[at] = target;
  }

  /** Keeps the text that {@link begin} began. Copies it, because the owner of the bytes may reuse their memory. */
  keep(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length < STEP) return;
    if (length > this.#text.length) {
      this.#text = new Uint8Array(2 * length);
      this.#view = new DataView(this.#text.buffer);
    }
    this.#text.set(bytes.subarray(start, end));
    this.#length = length;
  }

  /**
   * Compares text with the kept text, and decodes the differences to `payloads`.
   * @returns the end of the text; `start` if its layout differs: then the kept text is forgotten, and the content of
   *   `payloads` is undefined
   */
  readAgain(bytes: Uint8Array, start: number, end: number, payloads: Uint8Array): number {
    const length = this.#length;
    if (length === 0 || start + length > end) return start;
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#bytesView = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    const now = this.#bytesView;
    const before = this.#view;
    const last = length - STEP;
    let payload = 0;
    let at = 0;
    for (;;) {
      // Compares floats, because that does not allocate. They are equal only if their bytes are: the kept text is
      // ASCII, so it is neither NaN nor one of the two zeros.
      while (at < last && now.getFloat64(start + at, true) === before.getFloat64(at, true)) at += STEP;
      // The last step compares some characters again.
      const step = Math.min(at, last);
      if (now.getFloat64(start + step, true) !== before.getFloat64(step, true)) {
        payload = this.#decode(bytes, start, step, payload, payloads);
        if (payload < 0) {
          this.begin();
          return start;
        }
      }
      if (step === last) return start + length;
      at += STEP;
    }
  }

  /**
   * Decodes the groups of characters that differ in a step.
   * @param first index of the first payload that may differ
   * @returns index of the last payload that differed; -1 if other text differs
   */
  #decode(bytes: Uint8Array, start: number, step: number, first: number, payloads: Uint8Array): number {
    const text = this.#text;
    let payload = first;
    for (let at = step; at < step + STEP; at++) {
      if (bytes[start + at] === text[at]) continue;
      while (at >= (this.#to[payload] ?? Number.POSITIVE_INFINITY)) payload++;
      const from = this.#from[payload];
      if (payload >= this.#count || from === undefined || at < from) return -1;
      const group = (at - from) >> 2;
      const word = quadBits(bytes, start + from + 4 * group);
      if (word < 0) return -1;
      const to = (this.#target[payload] ?? 0) + 3 * group;
      payloads[to] = word >> 16;
      payloads[to + 1] = word >> 8;
      payloads[to + 2] = word;
      for (let i = from + 4 * group; i < from + 4 * group + 4; i++) text[i] = bytes[start + i] ?? 0;
    }
    return payload;
  }
}
