/** Values of one stretch of time. */
export interface Bucket<T> {
  /** Start of the bucket, microseconds since the first moment. */
  readonly startUs: number;
  readonly value: T;
}

/** Moments to which buckets are aligned: `baseUs` and all that differ from it by a multiple of `widthUs`. */
export interface TimeGrid {
  /** Microseconds since 1970. */
  readonly baseUs: number;
  /** First width of a bucket, microseconds. */
  readonly widthUs: number;
}

/** Options of {@link TimeBuckets}. */
export interface TimeBucketsOptions<T> {
  /** Maximum number of buckets, an even number. If time exceeds them, pairs of neighbours are merged. */
  readonly capacity: number;
  /** Grid to which buckets are aligned (default: the first moment, and 1,000 microseconds). */
  readonly grid?: TimeGrid | undefined;
  readonly create: () => T;
  /** Merges the bucket right after `into` into it. */
  readonly merge: (into: T, next: T) => void;
}

const FIRST_WIDTH_US = 1000;

/**
 * Divides a span of time of unknown length into buckets of equal width, as many as fit into bounded memory. At least
 * half of the capacity is used once the span exceeds a millisecond per bucket.
 */
export class TimeBuckets<T> {
  readonly #options: TimeBucketsOptions<T>;
  #buckets: (T | undefined)[] = [];
  #widthUs: number;
  #startUs: number | undefined;
  #endUs = 0;

  constructor(options: TimeBucketsOptions<T>) {
    this.#options = options;
    this.#widthUs = options.grid?.widthUs ?? FIRST_WIDTH_US;
  }

  /** Microseconds per bucket. */
  get widthUs(): number {
    return this.#widthUs;
  }

  /** First moment, microseconds since 1970; undefined before any. */
  get startUs(): number | undefined {
    return this.#startUs;
  }

  /** Time from the first to the last moment, microseconds. */
  get spanUs(): number {
    return this.#startUs === undefined ? 0 : this.#endUs - this.#startUs;
  }

  /** Returns the bucket of a moment, microseconds since 1970. A moment before the first belongs to the first bucket. */
  at(timeUs: number): T {
    this.#startUs ??= this.#aligned(timeUs);
    this.#endUs = Math.max(this.#endUs, timeUs);
    let index = this.#indexOf(timeUs);
    while (index >= this.#options.capacity) {
      this.#halve();
      index = this.#indexOf(timeUs);
    }
    return this.#get(index);
  }

  /**
   * Divides a stretch of time among the buckets that it touches, and calls `take` with each part in microseconds. Its
   * end becomes the last moment if it is later.
   */
  spread(fromUs: number, toUs: number, take: (bucket: T, us: number) => void): void {
    this.at(toUs);
    const start = this.#startUs ?? fromUs;
    const from = Math.max(fromUs, start);
    for (let index = this.#indexOf(from); index <= this.#indexOf(toUs); index++) {
      const begin = start + index * this.#widthUs;
      const us = Math.min(toUs, begin + this.#widthUs) - Math.max(from, begin);
      if (us > 0) take(this.#get(index), us);
    }
  }

  /** Returns the buckets with a value, in order. */
  entries(): Bucket<T>[] {
    return this.#buckets.flatMap((value, index) =>
      value === undefined ? [] : [{ startUs: index * this.#widthUs, value }],
    );
  }

  #aligned(timeUs: number): number {
    const { grid } = this.#options;
    if (grid === undefined) return timeUs;
    return grid.baseUs + Math.floor((timeUs - grid.baseUs) / grid.widthUs) * grid.widthUs;
  }

  #indexOf(timeUs: number): number {
    return Math.max(0, Math.floor((timeUs - (this.#startUs ?? timeUs)) / this.#widthUs));
  }

  #get(index: number): T {
    const found = this.#buckets[index];
    if (found !== undefined) return found;
    const created = this.#options.create();
    while (this.#buckets.length < index) this.#buckets.push(undefined);
    this.#buckets[index] = created;
    return created;
  }

  #halve(): void {
    const halved: (T | undefined)[] = [];
    for (let i = 0; i < this.#buckets.length; i += 2) {
      const [first, second] = [this.#buckets[i], this.#buckets[i + 1]];
      if (first !== undefined && second !== undefined) this.#options.merge(first, second);
      halved.push(first ?? second);
    }
    this.#buckets = halved;
    this.#widthUs *= 2;
  }
}
