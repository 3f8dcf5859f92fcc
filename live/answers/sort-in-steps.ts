import type { SlicedWork } from './slices.js';

type Compare<T> = (a: T, b: T) => number;

/** Elements that are sorted at once, and that are merged in one step. */
const SORTED_AT_ONCE = 256;
const MERGED_AT_ONCE = 512;

/** Sorter of many elements, in steps. Elements beyond the first ones that are wanted are dropped on the way. */
export class StepSorter<T> {
  readonly #compare: Compare<T>;
  readonly #most: number;
  readonly #runs: T[][] = [];
  #chunk: T[] = [];

  /** @param most number of elements that are wanted */
  constructor(compare: Compare<T>, most: number) {
    this.#compare = compare;
    this.#most = most;
  }

  /** Adds an element. Returns true if {@link tidy} has work to do. */
  add(element: T): boolean {
    const [first] = this.#runs;
    // Most elements of a short window are behind the ones that are known already.
    if (first !== undefined && first.length === this.#most) {
      const last = first.at(-1);
      if (last === undefined || this.#compare(element, last) >= 0) return false;
    }
    return this.#chunk.push(element) === SORTED_AT_ONCE;
  }

  /** Sorts what was added. */
  *tidy(): SlicedWork<void> {
    yield;
    this.#runs.push(this.#chunk.sort(this.#compare));
    this.#chunk = [];
    yield;
    // Merges the last two runs while they are about as long, so that no element is merged more often than needed.
    for (;;) {
      const [before, last] = [this.#runs.at(-2), this.#runs.at(-1)];
      if (before === undefined || last === undefined || before.length > last.length) return;
      this.#runs.splice(-2, 2, yield* this.#merged(before, last));
    }
  }

  /** Returns the first elements in order. */
  *first(): SlicedWork<T[]> {
    let sorted = this.#chunk.sort(this.#compare).slice(0, this.#most);
    for (let run = this.#runs.pop(); run !== undefined; run = this.#runs.pop())
      sorted = yield* this.#merged(run, sorted);
    return sorted;
  }

  /** Merges two sorted lists, up to the elements that are wanted. */
  *#merged(a: readonly T[], b: readonly T[]): SlicedWork<T[]> {
    if (a.length === 0) return b.slice(0, this.#most);
    const result: T[] = [];
    let [i, j] = [0, 0];
    while (result.length < this.#most && (i < a.length || j < b.length)) {
      const [left, right] = [a[i], b[j]];
      if (right === undefined || (left !== undefined && this.#compare(left, right) <= 0)) {
        if (left !== undefined) result.push(left);
        i++;
      } else {
        result.push(right);
        j++;
      }
      if (result.length % MERGED_AT_ONCE === 0) yield;
    }
    return result;
  }
}
