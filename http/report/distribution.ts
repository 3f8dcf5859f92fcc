/** Values that are kept one by one; with more, values are counted in buckets. */
const LISTED = 256;
/** Values below are buckets of their own. */
const EXACT = 128;
/** Bits of a value that tell its bucket. */
const KEPT_BITS = 7;

/**
 * Percentiles of whole numbers from 0, such as microseconds: exact for up to 256 values, with an error of at most
 * 1/128 (0.8 %) for more. Buckets take memory only where there are values, because a window has many distributions.
 */
export class Distribution {
  #listed: number[] = [];
  #buckets: Map<number, number> | undefined;
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
      put(this.#buckets, whole);
      return;
    }
    this.#listed.push(whole);
    if (this.#listed.length <= LISTED) return;
    this.#buckets = new Map();
    for (const each of this.#listed) put(this.#buckets, each);
    this.#listed = [];
  }

  /** Returns the value at or below which a share of the values lie, by nearest rank; null without values. */
  quantile(share: number): number | null {
    if (this.#count === 0) return null;
    const rank = Math.max(1, Math.ceil(share * this.#count));
    if (this.#buckets === undefined) return this.#listed.sort((a, b) => a - b)[rank - 1] ?? null;
    let seen = 0;
    for (const [bucket, count] of [...this.#buckets].sort(([a], [b]) => a - b)) {
      seen += count;
      if (seen >= rank) return bucket;
    }
    return null;
  }
}

function put(buckets: Map<number, number>, whole: number): void {
  const bucket = bucketOf(whole);
  buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
}

/** Returns the middle of the bucket of a value, which stands for all values of it. */
function bucketOf(whole: number): number {
  if (whole < EXACT) return whole;
  const width = 2 ** (exponentOf(whole) - KEPT_BITS + 1);
  const start = Math.floor(whole / width) * width;
  return start + Math.floor((width - 1) / 2);
}

/** Returns the exponent of the largest power of 2 that is not larger. */
function exponentOf(whole: number): number {
  return whole < 2 ** 32 ? 31 - Math.clz32(whole) : 63 - Math.clz32(Math.floor(whole / 2 ** 32));
}
