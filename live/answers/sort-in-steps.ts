import type { SlicedWork } from './slices.js';

type Compare = (a: number, b: number) => number;

/** Places that are sorted at once, and that are merged in one step. */
const SORTED_AT_ONCE = 256;
const MERGED_AT_ONCE = 512;

/**
 * Sorter of many places in a list, in steps. Places beyond the first ones that are wanted are dropped on the way. Runs
 * lie outside of the heap: as lists they were half of the garbage of a long answer.
 */
export class StepSorter {
  readonly #compare: Compare;
  readonly #most: number;
  readonly #runs: Uint32Array[] = [];
  #chunk = new Uint32Array(SORTED_AT_ONCE);
  #chunkSize = 0;

  /** @param most number of places that are wanted */
  constructor(compare: Compare, most: number) {
    this.#compare = compare;
    this.#most = most;
  }

  /** Adds a place, from 0 to 2^32 - 1. Returns true if {@link tidy} has work to do; it must be called before the next. */
  add(place: number): boolean {
    const [first] = this.#runs;
    // Most places of a short window are behind the ones that are known already.
    if (first !== undefined && first.length === this.#most) {
      const last = first.at(-1);
      if (last === undefined || this.#compare(place, last) >= 0) return false;
    }
    this.#chunk[this.#chunkSize++] = place;
    return this.#chunkSize === SORTED_AT_ONCE;
  }

  /** Sorts what was added. */
  *tidy(): SlicedWork<void> {
    yield;
    this.#runs.push(this.#sortedChunk());
    yield;
    // Merges the last two runs while they are about as long, so that no place is merged more often than needed.
    for (;;) {
      const [before, last] = [this.#runs.at(-2), this.#runs.at(-1)];
      if (before === undefined || last === undefined || before.length > last.length) return;
      this.#runs.splice(-2, 2, yield* this.#merged(before, last));
    }
  }

  /** Returns the first places in order. */
  *first(): SlicedWork<Uint32Array> {
    let sorted = this.#sortedChunk();
    for (let run = this.#runs.pop(); run !== undefined; run = this.#runs.pop())
      sorted = yield* this.#merged(run, sorted);
    return sorted;
  }

  #sortedChunk(): Uint32Array {
    const sorted = this.#chunk.slice(0, this.#chunkSize).sort(this.#compare);
    this.#chunkSize = 0;
    return sorted.subarray(0, Math.min(sorted.length, this.#most));
  }

  /** Merges two sorted runs, up to the places that are wanted. */
  *#merged(a: Uint32Array, b: Uint32Array): SlicedWork<Uint32Array> {
    if (a.length === 0 || b.length === 0) return a.length === 0 ? b : a;
    const merged = new Uint32Array(Math.min(this.#most, a.length + b.length));
    let i = 0;
    let j = 0;
    for (let at = 0; at < merged.length; at++) {
      const left = a[i];
      const right = b[j];
      const isLeft = right === undefined || (left !== undefined && this.#compare(left, right) <= 0);
      merged[at] = (isLeft ? left : right) ?? 0;
      if (isLeft) i++;
      else j++;
      if (at % MERGED_AT_ONCE === MERGED_AT_ONCE - 1) yield;
    }
    return merged;
  }
}
