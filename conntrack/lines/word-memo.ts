const WORD_BITS = 32;
/** Odd number near 2^32 / φ, which spreads keys. */
const FACTOR = 0x9e37_79b1;

/**
 * Memory of values that follow from a few words. Of two keys in the same place the later one stays, so its size is
 * bounded.
 */
export class WordMemo<T> {
  /** Words of the key: to be set before each call. */
  readonly key: Int32Array;
  readonly #keys: Int32Array;
  readonly #values: (T | undefined)[];
  readonly #shift: number;
  #place = 0;

  /**
   * @param words number of words in a key
   * @param bits logarithm to base 2 of the number of entries
   */
  constructor(words: number, bits: number) {
    this.key = new Int32Array(words);
    this.#keys = new Int32Array(words * 2 ** bits);
    this.#values = new Array<T | undefined>(2 ** bits).fill(undefined);
    this.#shift = WORD_BITS - bits;
  }

  /** Returns the value of {@link key}; undefined if it is not known, or not any longer. */
  find(): T | undefined {
    const { key } = this;
    const { length } = key;
    let hash = 0;
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ (key[i] ?? 0), FACTOR);
    const place = hash >>> this.#shift;
    this.#place = place;
    const first = place * length;
    for (let i = 0; i < length; i++) if (this.#keys[first + i] !== key[i]) return undefined;
    return this.#values[place];
  }

  /** Keeps the value of {@link key}, after {@link find} did not find it, and returns it. */
  keep(value: T): T {
    this.#keys.set(this.key, this.#place * this.key.length);
    this.#values[this.#place] = value;
    return value;
  }

  /** Forgets everything. */
  clear(): void {
    this.#values.fill(undefined);
  }
}
