/** Limit below which each value has a bucket. */
const EXACT = 128;
/** Buckets per power of 2 above {@link EXACT}. */
const STEPS = 64;
const STEP_BITS = 6;
const EXACT_BITS = 7;
const MAX = Number.MAX_SAFE_INTEGER;
/** Number of buckets for values from 0 to 2^53 - 1. */
const BUCKETS = EXACT + (53 - EXACT_BITS) * STEPS;
/** Number of values kept in a list; with more, values are counted in buckets. */
const LISTED = 64;

/**
 * Log-linear histogram of integers from 0 to 2^53 - 1: exact below 128, with an error of at most 1/128 (0.8 %) above.
 * Its size is at most 25 KB for any number of values; up to 64 values take half a kilobyte.
 */
export class Histogram {
  /** Values while they are few: clearing all buckets would cost more than counting them. */
  readonly #listed: number[] = [];
  #buckets: Float64Array | undefined;
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
    if (this.#count < LISTED) {
      this.#listed.push(whole);
    } else {
      const counts = this.#counts();
      const bucket = bucketOf(whole);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    this.#count++;
    if (whole < this.#least) this.#least = whole;
    if (whole > this.#greatest) this.#greatest = whole;
  }

  /** Adds the values of another histogram, as if each had been added here. */
  merge(other: Histogram): void {
    const counts = this.#counts();
    for (const [bucket, count] of other.#counts().entries()) {
      if (count > 0) counts[bucket] = (counts[bucket] ?? 0) + count;
    }
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
    if (this.#listed.length === this.#count) {
      const value = this.#listed.sort((a, b) => a - b)[rank - 1] ?? this.#greatest;
      return this.#within(middle(bucketOf(value)));
    }
    const counts = this.#counts();
    let seen = 0;
    for (let bucket = bucketOf(this.#least); bucket < BUCKETS; bucket++) {
      seen += counts[bucket] ?? 0;
      if (seen >= rank) return this.#within(middle(bucket));
    }
    return this.#greatest;
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
    const counts = this.#counts();
    let below = 0;
    for (let bucket = this.#count === 0 ? BUCKETS : bucketOf(this.#least); bucket < BUCKETS; bucket++) {
      const count = counts[bucket] ?? 0;
      if (count === 0) continue;
      const from = Math.max(this.#least, start(bucket));
      if (from >= limit) break;
      const to = Math.min(this.#greatest + 1, start(bucket + 1));
      below += to <= limit ? count : (count * (limit - from)) / (to - from);
    }
    // Both extremes are known exactly.
    const [atLeast, atMost] = [limit > this.#least ? 1 : 0, limit <= this.#greatest ? this.#count - 1 : this.#count];
    return Math.min(atMost, Math.max(atLeast, Math.round(below)));
  }

  /** Removes all values. */
  reset(): void {
    if (this.#count > this.#listed.length) this.#buckets?.fill(0);
    this.#listed.length = 0;
    this.#count = 0;
    this.#least = Number.POSITIVE_INFINITY;
    this.#greatest = Number.NEGATIVE_INFINITY;
  }

  /** Moves all values to buckets and returns the buckets. */
  #counts(): Float64Array {
    this.#buckets ??= new Float64Array(BUCKETS);
    for (const value of this.#listed) {
      const bucket = bucketOf(value);
      this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    }
    this.#listed.length = 0;
    return this.#buckets;
  }

  /** Clamps a value to the range of the added values. */
  #within(value: number): number {
    return Math.min(this.#greatest, Math.max(this.#least, value));
  }
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
