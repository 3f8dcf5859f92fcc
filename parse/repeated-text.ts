import type { RecordChanges } from './record-changes.js';
import { groupBits, pairsOfCharacters } from './six-bits.js';

/** Number of characters that are compared at once. */
const STEP = 8;
/** Characters of base64 for three bytes. */
const GROUP = 4;
/** Initial room for the text, enough for a typical record. */
const INITIAL_BYTES = 2048;

/**
 * Base64 text of a record's payloads, and the offset that each of them was decoded to. Most records of an archive have
 * the layout of the previous one, and few bytes differ: comparing texts is many times as fast as decoding them.
 */
export class RepeatedText {
  readonly #pairs = pairTable();
  #text = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#text.buffer);
  #length = 0;
  /** Start and end of each payload's whole groups of four characters in the text, and the offset of their bytes. */
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #target: number[] = [];
  /** Number of the attribute, or RAW_IDM_PART, of each payload. */
  readonly #parts: number[] = [];
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
   * @param part number of the attribute, or RAW_IDM_PART
   * @param from offset of its characters in the text
   * @param characters number of characters, without a padded group
   * @param target offset of its decoded bytes
   */
  note(part: number, from: number, characters: number, target: number): void {
    const at = this.#count++;
    this.#parts[at] = part;
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

  /** Returns whether the kept text would end before `end` if it began at `start`. */
  fits(start: number, end: number): boolean {
    return this.#length > 0 && start + this.#length <= end;
  }

  /**
   * Compares text with the kept text, decodes the differences to `payloads`, and adds the bytes that change there to
   * `changes`.
   * @returns the end of the text; `start` if its layout differs: then the kept text is forgotten, and the content of
   *   `payloads` is undefined
   */
  readAgain(bytes: Uint8Array, start: number, end: number, payloads: Uint8Array, changes: RecordChanges): number {
    const length = this.#length;
    if (!this.fits(start, end)) return start;
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
      const differs = firstDifference(now, start + step, before, step);
      if (differs === STEP) {
        if (step === last) return start + length;
        at += STEP;
        continue;
      }
      const different = step + differs;
      while (different >= (this.#to[payload] ?? Number.POSITIVE_INFINITY)) payload++;
      const from = this.#from[payload];
      const word =
        payload < this.#count && from !== undefined && different >= from
          ? this.#decode(now, start, from + ((different - from) & ~3), payload, payloads, changes)
          : -1;
      if (word < 0) {
        this.begin();
        return start;
      }
      at = (from ?? 0) + ((different - (from ?? 0)) & ~3) + GROUP;
    }
  }

  /**
   * Decodes the group of four characters at `at` of the text, and keeps it.
   * @returns its 24 bits; negative if it is not base64
   */
  #decode(
    now: DataView,
    start: number,
    at: number,
    payload: number,
    payloads: Uint8Array,
    changes: RecordChanges,
  ): number {
    const word = groupBits(this.#pairs, now, start + at);
    if (word < 0) return word;
    this.#view.setInt32(at, now.getInt32(start + at, true), true);
    const part = this.#parts[payload] ?? 0;
    const offset = ((at - (this.#from[payload] ?? 0)) >> 2) * 3;
    const to = (this.#target[payload] ?? 0) + offset;
    const first = word >> 16;
    if (payloads[to] !== first) {
      payloads[to] = first;
      changes.add(part, offset);
    }
    const second = (word >> 8) & 0xff;
    if (payloads[to + 1] !== second) {
      payloads[to + 1] = second;
      changes.add(part, offset + 1);
    }
    const third = word & 0xff;
    if (payloads[to + 2] !== third) {
      payloads[to + 2] = third;
      changes.add(part, offset + 2);
    }
    return word;
  }
}

/** Returns the offset of the first byte that differs in eight; 8 if none does. */
function firstDifference(a: DataView, aAt: number, b: DataView, bAt: number): number {
  const low = a.getInt32(aAt, true) ^ b.getInt32(bAt, true);
  if (low !== 0) return (31 - Math.clz32(low & -low)) >> 3;
  const high = a.getInt32(aAt + 4, true) ^ b.getInt32(bAt + 4, true);
  return high === 0 ? STEP : 4 + ((31 - Math.clz32(high & -high)) >> 3);
}

let pairs: Uint16Array | undefined;

/** Returns one table for all readers, made for the first: most threads read no archives. */
function pairTable(): Uint16Array {
  pairs ??= pairsOfCharacters();
  return pairs;
}
