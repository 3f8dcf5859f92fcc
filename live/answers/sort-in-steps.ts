import type { SlicedWork } from './slices.js';

type Compare<T> = (a: T, b: T) => number;

/** Elements that are sorted at once, and that are merged in one step. */
const SORTED_AT_ONCE = 256;
const MERGED_AT_ONCE = 512;

/** Sorter of many elements, in steps. Elements beyond the first ones that are wanted are dropped on the way. */
export class StepSorter<T> {
  readonly #compare: Compare<T>;
  readonly #most: number;
  readonly #runs: (readonly T[])[] = [];
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
  *first(): SlicedWork<readonly T[]> {
    let sorted: readonly T[] = this.#chunk.sort(this.#compare).slice(0, this.#most);
    for (let run = this.#runs.pop(); run !== undefined; run = this.#runs.pop())
      sorted = yield* this.#merged(run, sorted);
    return sorted;
  }

  /**
   * Merges two sorted lists, up to the elements that are wanted. Its list has its size from the beginning, and no pair
   * is made and taken apart: both left so much to the garbage collector that other clients waited for it.
   */
  *#merged(a: readonly T[], b: readonly T[]): SlicedWork<readonly T[]> {
    if (a.length === 0) return b.slice(0, this.#most);
    const merged = new Array<T>(Math.min(this.#most, a.length + b.length));
    let i = 0;
    let j = 0;
    for (let at = 0; at < merged.length; at++) {
      const left = a[i];
      const right = b[j];
      if (right === undefined || (left !== undefined && this.#compare(left, right) <= 0)) {
        if (left !== undefined) merged[at] = left;
        i++;
      } else {
        merged[at] = right;
        j++;
      }
      if (at % MERGED_AT_ONCE === MERGED_AT_ONCE - 1) yield;
    }
    return merged;
  }
}
