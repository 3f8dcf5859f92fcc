/** Values that are kept one by one; with more, values are counted in buckets. */
const LISTED = 256;
/** Values below are buckets of their own. */
const EXACT = 128;
/** Buckets between a power of 2 and the next one. */
const BUCKETS = 64;
/** Bits of a value that tell its bucket. */
const KEPT_BITS = 7;

/**
 * Percentiles of whole numbers from 0, such as microseconds: exact for up to 256 values, with an error of at most
 * 1/128 (0.8 %) for more. Buckets take memory only where there are values, because a window has many distributions.
 */
export class Distribution {
  #listed: number[] = [];
  #buckets: Buckets | undefined;
  #count = 0;

  /** Number of values. */
  get count(): number {
    return this.#count;
  }

  /** Counts a value; below 0 it counts as 0, and fractions are cut off. */
  add(value: number): void {
    const whole = Math.max(0, Math.trunc(value));
    this.#count++;
    if (this.#buckets !== undefined) {
      this.#buckets.add(whole);
      return;
    }
    this.#listed.push(whole);
    if (this.#listed.length > LISTED) this.#inBuckets();
  }

  /** Counts all values of another one. */
  merge(other: Distribution): void {
    if (other.#buckets === undefined) {
      for (const value of other.#listed) this.add(value);
      return;
    }
    this.#inBuckets().merge(other.#buckets);
    this.#count += other.#count;
  }

  /** Returns the value at or below which a share of the values lie, by nearest rank; null without values. */
  quantile(share: number): number | null {
    if (this.#count === 0) return null;
    const rank = Math.max(1, Math.ceil(share * this.#count));
    if (this.#buckets !== undefined) return this.#buckets.valueAt(rank);
    return this.#listed.sort((a, b) => a - b)[rank - 1] ?? null;
  }

  #inBuckets(): Buckets {
    if (this.#buckets !== undefined) return this.#buckets;
    this.#buckets = new Buckets();
    for (const each of this.#listed) this.#buckets.add(each);
    this.#listed = [];
    return this.#buckets;
  }
}

/** Counts of values in buckets, in a page for each power of 2 that has any. The first page has the exact ones. */
class Buckets {
  readonly #pages: (Float64Array | undefined)[] = [];

  add(whole: number): void {
    const page = whole < EXACT ? 0 : exponentOf(whole) - KEPT_BITS + 1;
    const counts = this.#pages[page] ?? this.#addPage(page);
    const at = page === 0 ? whole : Math.floor(whole / widthOf(page)) - BUCKETS;
    counts[at] = (counts[at] ?? 0) + 1;
  }

  merge(other: Buckets): void {
    for (const [page, added] of other.#pages.entries()) {
      if (added === undefined) continue;
      const counts = this.#pages[page] ?? this.#addPage(page);
      for (const [at, count] of added.entries()) counts[at] = (counts[at] ?? 0) + count;
    }
  }

  /** Returns the middle of the bucket of the value with a rank from 1; null above the number of values. */
  valueAt(rank: number): number | null {
    let seen = 0;
    for (const [page, counts] of this.#pages.entries()) {
      const at = counts?.findIndex((count) => {
        seen += count;
        return seen >= rank;
      });
      if (at !== undefined && at >= 0) return page === 0 ? at : middle(page, at);
    }
    return null;
  }

  #addPage(page: number): Float64Array {
    const counts = new Float64Array(page === 0 ? EXACT : BUCKETS);
    // Not sparse: its elements are found faster.
    while (this.#pages.length < page) this.#pages.push(undefined);
    this.#pages[page] = counts;
    return counts;
  }
}

/** Returns the width of the buckets of a page after the first. */
function widthOf(page: number): number {
  return page < 31 ? 1 << page : 2 ** page;
}

/** Returns the middle of a bucket, which stands for all values of it. */
function middle(page: number, at: number): number {
  const width = widthOf(page);
  return (BUCKETS + at) * width + Math.floor((width - 1) / 2);
}

/** Returns the exponent of the largest power of 2 that is not larger. */
function exponentOf(whole: number): number {
  return whole < 2 ** 32 ? 31 - Math.clz32(whole) : 63 - Math.clz32(Math.floor(whole / 2 ** 32));
}
