/** Most heads that are kept, and the longest: together at most 1 MiB. */
const SLOTS = 512;
const LONGEST_BYTES = 2048;
/** Words of four bytes that choose the slot: the start line and the field behind it. */
const CHOOSING_WORDS = 16;
const WORD_BYTES = 4;

interface KnownHead<Facts> {
  /** The head, and its whole words. */
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly facts: Facts;
}

/**
 * Heads that were read twice, and what was read: the same bytes mean the same. Servers send the same head for a second,
 * and clients for as long as they ask for the same, so comparing words takes the place of reading most heads. Nothing
 * but speed depends on it.
 */
export class KnownHeads<Facts> {
  readonly #heads: (KnownHead<Facts> | null)[] = new Array(SLOTS).fill(null);
  /** Hashes of heads that were read lately: only what comes again is kept. */
  readonly #seen = new Int32Array(SLOTS);
  /** Bytes that were looked at last, and their words; null if they are not aligned. */
  #bytes: Uint8Array | null = null;
  #words: Int32Array | null = null;
  /** Slot of the last {@link find}; -1 if its bytes are not aligned. Its neighbour has what it had before. */
  #slot = -1;
  /** Length of the head that {@link find} has found. */
  length = 0;

  /** Returns what was read of the head that the bytes from `start` on begin with; null if it is not known. */
  find(bytes: Uint8Array, start: number, end: number): Facts | null {
    this.#slot = -1;
    if ((start & 3) !== 0) return null;
    if (bytes !== this.#bytes) this.#view(bytes);
    const words = this.#words;
    if (words === null) return null;
    const first = start >> 2;
    const length = end - start;
    let hash = length;
    const until = first + Math.min(CHOOSING_WORDS, length >> 2);
    for (let at = first; at < until; at++) hash = mix(hash, words[at] ?? 0);
    const slot = (hash ^ (hash >>> 16)) & (SLOTS - 1);
    this.#slot = slot;
    return this.#findIn(slot, bytes, words, start, length) ?? this.#findIn(slot ^ 1, bytes, words, start, length);
  }

  /** Returns whether the head that was last looked for in vain, and then read, has come before. */
  isRepeated(bytes: Uint8Array, start: number, end: number): boolean {
    const words = this.#words;
    if (this.#slot < 0 || words === null || bytes !== this.#bytes || end - start > LONGEST_BYTES) return false;
    let hash = end - start;
    const until = end >> 2;
    for (let at = start >> 2; at < until; at++) hash = mix(hash, words[at] ?? 0);
    const place = hash & (SLOTS - 1);
    const isRepeated = this.#seen[place] === hash;
    this.#seen[place] = hash;
    return isRepeated;
  }

  /** Keeps what was read of a head that {@link isRepeated}. */
  keep(bytes: Uint8Array, start: number, end: number, facts: Facts): void {
    const copy = bytes.slice(start, end);
    const words = new Int32Array(copy.buffer, 0, copy.length >> 2);
    this.#heads[this.#slot ^ 1] = this.#heads[this.#slot] ?? null;
    this.#heads[this.#slot] = { bytes: copy, words, facts };
  }

  #findIn(slot: number, bytes: Uint8Array, words: Int32Array, start: number, length: number): Facts | null {
    const known = this.#heads[slot] ?? null;
    if (known === null || known.bytes.length > length || !isHead(known, bytes, words, start)) return null;
    this.length = known.bytes.length;
    return known.facts;
  }

  #view(bytes: Uint8Array): void {
    this.#bytes = bytes;
    const isAligned = (bytes.byteOffset & 3) === 0;
    this.#words = isAligned ? new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2) : null;
  }
}

function isHead(
  { bytes: known, words: wanted }: KnownHead<unknown>,
  bytes: Uint8Array,
  words: Int32Array,
  start: number,
) {
  const first = start >> 2;
  for (let i = 0; i < wanted.length; i++) if (words[first + i] !== wanted[i]) return false;
  for (let i = WORD_BYTES * wanted.length; i < known.length; i++) if (bytes[start + i] !== known[i]) return false;
  return true;
}

function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) | 0;
}
