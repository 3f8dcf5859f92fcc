/** Limit below which each value has a bucket. */
const EXACT = 128;
/** Buckets per power of 2 above {@link EXACT}. */
const STEPS = 64;
const STEP_BITS = 6;
const EXACT_BITS = 7;
const MAX = Number.MAX_SAFE_INTEGER;
/** Number of buckets for values from 0 to 2^53 - 1. */
const BUCKETS = EXACT + (53 - EXACT_BITS) * STEPS;
/**
 * A bucket and its count in one number: `count * STRIDE + bucket`. A list of such numbers takes eight bytes for each
 * bucket that has values.
 */
const STRIDE = 4096;
const BUCKET_MASK = STRIDE - 1;
/** Number of buckets with values from which on an array of all buckets is smaller, and a search in the list longer. */
const MOST_LISTED = 1024;

/**
 * Log-linear histogram of integers from 0 to 2^53 - 1: exact below 128, with an error of at most 1/128 (0.8 %) above.
 * Takes eight bytes for each bucket with values, and at most 25 KB for any number of values. The round-trip times of
 * one connection are in some thirty buckets.
 */
export class Histogram {
  /** Buckets with values and their counts, in order of the buckets; empty once there are {@link #all}. */
  #listed: number[] = [];
  /** Counts of all buckets; undefined while they are listed. */
  #all: Float64Array | undefined;
  #count = 0;
  #least = Number.POSITIVE_INFINITY;
  #greatest = Number.NEGATIVE_INFINITY;

  /** Number of values. */
  get count(): number {
    return this.#count;
  }

  /** Smallest value, exact; null if empty. */
  get min(): number | null {
    return this.#count === 0 ? null : this.#least;
  }

  /** Largest value, exact; null if empty. */
  get max(): number | null {
    return this.#count === 0 ? null : this.#greatest;
  }

  /** Counts a value. Fractions are cut off; a value out of range counts as the nearest in range. */
  add(value: number): void {
    const whole = Math.min(MAX, Math.max(0, Math.trunc(value)));
    this.#put(bucketOf(whole), 1);
    this.#count++;
    if (whole < this.#least) this.#least = whole;
    if (whole > this.#greatest) this.#greatest = whole;
  }

  /** Adds the values of another histogram, as if each had been added here. */
  merge(other: Histogram): void {
    other.#visit((bucket, count) => {
      this.#put(bucket, count);
      return true;
    });
    this.#count += other.#count;
    this.#least = Math.min(this.#least, other.#least);
    this.#greatest = Math.max(this.#greatest, other.#greatest);
  }

  /**
   * Returns the value at or below which a share `q` (0 to 1) of all values lie, by nearest rank; null if empty. The
   * error is the histogram's; the smallest and the largest value are exact.
   */
  quantile(q: number): number | null {
    if (this.#count === 0) return null;
    const rank = Math.max(1, Math.ceil(q * this.#count));
    if (rank >= this.#count) return this.#greatest;
    let seen = 0;
    let found = this.#greatest;
    this.#visit((bucket, count) => {
      seen += count;
      if (seen < rank) return true;
      found = middle(bucket);
      return false;
    });
    return this.#within(found);
  }

  /**
   * Counts the values in the ranges between ascending limits. The result has one range more than limits; the first is
   * below the first limit. The count of a bucket across a limit is divided in proportion.
   */
  countBetween(limits: readonly number[]): number[] {
    const below = [...limits.map((limit) => this.#countBelow(limit)), this.#count];
    return below.map((count, i) => count - (below[i - 1] ?? 0));
  }

  #countBelow(limit: number): number {
    let below = 0;
    this.#visit((bucket, count) => {
      const from = Math.max(this.#least, start(bucket));
      if (from >= limit) return false;
      const to = Math.min(this.#greatest + 1, start(bucket + 1));
      below += to <= limit ? count : (count * (limit - from)) / (to - from);
      return true;
    });
    // Both extremes are known exactly.
    const [atLeast, atMost] = [limit > this.#least ? 1 : 0, limit <= this.#greatest ? this.#count - 1 : this.#count];
    return Math.min(atMost, Math.max(atLeast, Math.round(below)));
  }

  /** Removes all values. */
  reset(): void {
    this.#all = undefined;
    this.#listed = [];
    this.#count = 0;
    this.#least = Number.POSITIVE_INFINITY;
    this.#greatest = Number.NEGATIVE_INFINITY;
  }

  /** Calls `visit` with each bucket that has values, in order, until it returns false. */
  #visit(visit: (bucket: number, count: number) => boolean): void {
    if (this.#all === undefined) {
      for (const each of this.#listed) {
        // The operator takes the lowest 32 bits. The bucket has the lowest 12 of them.
        if (!visit(each & BUCKET_MASK, Math.floor(each / STRIDE))) return;
      }
      return;
    }
    const last = this.#count === 0 ? -1 : bucketOf(this.#greatest);
    for (let bucket = this.#count === 0 ? 0 : bucketOf(this.#least); bucket <= last; bucket++) {
      const count = this.#all[bucket] ?? 0;
      if (count > 0 && !visit(bucket, count)) return;
    }
  }

  #put(bucket: number, count: number): void {
    const all = this.#all;
    if (all !== undefined) {
      all[bucket] = (all[bucket] ?? 0) + count;
      return;
    }
    const listed = this.#listed;
    const at = placeOf(bucket, listed);
    const found = listed[at];
    if (found !== undefined && (found & BUCKET_MASK) === bucket) listed[at] = found + count * STRIDE;
    else if (listed.length < MOST_LISTED) listed.splice(at, 0, count * STRIDE + bucket);
    else this.#putInAll(bucket, count);
  }

  /** Moves all counts to an array of all buckets, and adds one. */
  #putInAll(bucket: number, count: number): void {
    const all = new Float64Array(BUCKETS);
    for (const each of this.#listed) all[each & BUCKET_MASK] = Math.floor(each / STRIDE);
    all[bucket] = count;
    this.#all = all;
    this.#listed = [];
  }

  /** Clamps a value to the range of the added values. */
  #within(value: number): number {
    return Math.min(this.#greatest, Math.max(this.#least, value));
  }
}

/** Returns the first place in a list whose bucket is not below this one. */
function placeOf(bucket: number, listed: readonly number[]): number {
  let [low, high] = [0, listed.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (((listed[middle] ?? 0) & BUCKET_MASK) < bucket) low = middle + 1;
    else high = middle;
  }
  return low;
}

function bucketOf(whole: number): number {
  if (whole < EXACT) return whole;
  const power = whole < 2 ** 32 ? 31 - Math.clz32(whole) : 63 - Math.clz32(Math.floor(whole / 2 ** 32));
  const step = Math.floor(whole / 2 ** (power - STEP_BITS)) - STEPS;
  return EXACT + (power - EXACT_BITS) * STEPS + step;
}

/** Returns the smallest value of a bucket. */
function start(bucket: number): number {
  if (bucket < EXACT) return bucket;
  const power = EXACT_BITS + Math.floor((bucket - EXACT) / STEPS);
  return 2 ** power + ((bucket - EXACT) % STEPS) * 2 ** (power - STEP_BITS);
}

/** Returns the value in the middle of a bucket. */
function middle(bucket: number): number {
  return (start(bucket) + start(bucket + 1) - 1) / 2;
}
