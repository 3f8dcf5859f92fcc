/** One of the heaviest keys. */
export interface Heavy<T> {
  readonly key: string;
  /** Upper bound of the weight; too large by at most `error`. */
  readonly weight: number;
  /** Part of the weight that may belong to other keys; 0 if the key was tracked from the beginning. */
  readonly error: number;
  /** Value kept since the key is tracked. */
  readonly value: T;
}

interface Entry<T> {
  readonly key: string;
  weight: number;
  error: number;
  value: T;
  at: number;
}

/**
 * Heaviest of any number of keys, in bounded memory, by the algorithm SpaceSaving. With room for `capacity` keys and a
 * total weight of W, no key with more than W / capacity is missing, and no weight is wrong by more than that. Exact as
 * long as all keys fit.
 */
export class SpaceSaving<T> {
  readonly #entries = new Map<string, Entry<T>>();
  /** Entries as a heap, the lightest first. */
  readonly #heap: Entry<T>[] = [];
  readonly #capacity: number;
  readonly #make: () => T;
  #evicted = 0;

  /**
   * @param capacity maximum number of tracked keys
   * @param make creates an empty value
   */
  constructor(capacity: number, make: () => T) {
    this.#capacity = capacity;
    this.#make = make;
  }

  /** True while no key was dropped, so that all weights are exact. */
  get isExact(): boolean {
    return this.#evicted === 0;
  }

  /** Number of tracked keys. */
  get size(): number {
    return this.#heap.length;
  }

  /** Adds a weight, 0 or more, to a key, and returns the key's value, which may be changed. */
  add(key: string, weight: number): T {
    let entry = this.#entries.get(key);
    if (entry === undefined) entry = this.#track(key);
    entry.weight += weight;
    this.#sink(entry.at);
    return entry.value;
  }

  /** Returns the heaviest keys, heaviest first; equal weights in the order of the keys. */
  top(count: number): Heavy<T>[] {
    const byWeight = this.#heap.toSorted((a, b) => b.weight - a.weight || (a.key < b.key ? -1 : 1));
    return byWeight.slice(0, count).map(({ key, weight, error, value }) => ({ key, weight, error, value }));
  }

  #track(key: string): Entry<T> {
    const lightest = this.#heap[0];
    if (this.#heap.length < this.#capacity || lightest === undefined) {
      const entry: Entry<T> = { key, weight: 0, error: 0, value: this.#make(), at: this.#heap.length };
      this.#heap.push(entry);
      this.#entries.set(key, entry);
      this.#rise(entry.at);
      return entry;
    }
    this.#evicted++;
    this.#entries.delete(lightest.key);
    const { weight } = lightest;
    const entry: Entry<T> = { key, weight, error: weight, value: this.#make(), at: 0 };
    this.#heap[0] = entry;
    this.#entries.set(key, entry);
    return entry;
  }

  #rise(from: number): void {
    for (let at = from; at > 0; ) {
      const above = (at - 1) >> 1;
      if (!this.#swapIfLighter(at, above)) return;
      at = above;
    }
  }

  #sink(from: number): void {
    for (let at = from; ; ) {
      const left = 2 * at + 1;
      const right = left + 1;
      const lighter = this.#weightAt(right) < this.#weightAt(left) ? right : left;
      if (!this.#swapIfLighter(lighter, at)) return;
      at = lighter;
    }
  }

  #weightAt(at: number): number {
    return this.#heap[at]?.weight ?? Number.POSITIVE_INFINITY;
  }

  /** Swaps two entries if the lower one is lighter. Returns whether it swapped them. */
  #swapIfLighter(below: number, above: number): boolean {
    const lower = this.#heap[below];
    const upper = this.#heap[above];
    if (lower === undefined || upper === undefined || lower.weight >= upper.weight) return false;
    this.#heap[below] = upper;
    this.#heap[above] = lower;
    upper.at = below;
    lower.at = above;
    return true;
  }
}
