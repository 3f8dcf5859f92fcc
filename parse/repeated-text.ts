import { quadBits } from './six-bits.js';

/** Characters that are compared at once. */
const STEP = 8;
/** Room that is kept at first, for the text of a usual record. */
const INITIAL_BYTES = 2048;

/**
 * Text of a record's payloads, in base64, and where each of them was decoded to. The records of an archive are mostly laid
 * out alike, and few of their bytes differ from one to the next: comparing texts is many times as fast as decoding them.
 */
export class RepeatedText {
  #text = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#text.buffer);
  #length = 0;
  /** Each payload's whole groups of four characters: from and to in the text, and where their bytes are. */
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #target: number[] = [];
  #count = 0;
  /** Bytes that were looked at last, and a view of them. */
  #bytes: Uint8Array = this.#text;
  #bytesView: DataView = this.#view;

  /** Forgets the text, and begins with the next one. */
  begin(): void {
    this.#length = 0;
    this.#count = 0;
  }

  /**
   * Notes a payload, in the order of the text.
   * @param from where its characters begin in the text
   * @param characters how many there are, without those of a group that is padded
   * @param target where its bytes begin
   */
  note(from: number, characters: number, target: number): void {
    const at = this.#count++;
    this.#from[at] = from;
    this.#to[at] = from + characters;
    this.#target[at] = target;
  }

  /** Keeps the text which {@link begin} began: a copy, because whoever has the bytes may use their memory again. */
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
   * Compares text with the one that is kept, and decodes to `payloads` what differs.
   * @returns the end of the text; `start` where it is laid out in another way: then nothing is kept, and the payloads are
   *   undefined
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
      // As numbers, because these are compared without allocation. Two are equal only where their bytes are: the text
      // that is kept is ASCII, so it is neither NaN nor one of the two zeros.
      while (at < last && now.getFloat64(start + at, true) === before.getFloat64(at, true)) at += STEP;
      // The last step looks at some characters again.
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
   * @param first the first payload that can be concerned
   * @returns the payload that was concerned last; -1 where something else differs
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
