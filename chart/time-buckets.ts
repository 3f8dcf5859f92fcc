/** What is gathered of one stretch of time. */
export interface Bucket<T> {
  /** Where it begins, microseconds since the first moment. */
  readonly startUs: number;
  readonly value: T;
}

/** How buckets are made and joined. */
export interface TimeBucketsOptions<T> {
  /** How many there may be, an even number. When time goes beyond them two neighbours become one. */
  readonly capacity: number;
  readonly create: () => T;
  /** Takes what came right after `into` into it. */
  readonly merge: (into: T, next: T) => void;
}

const FIRST_WIDTH_US = 1000;

/**
 * A span of time that is not known beforehand in stretches of equal width: as many as fit, in memory that does not grow.
 * Half of the capacity at least is used, once the span is longer than a millisecond a bucket.
 */
export class TimeBuckets<T> {
  readonly #options: TimeBucketsOptions<T>;
  #buckets: (T | undefined)[] = [];
  #widthUs = FIRST_WIDTH_US;
  #startUs: number | undefined;
  #endUs = 0;

  constructor(options: TimeBucketsOptions<T>) {
    this.#options = options;
  }

  /** Microseconds that each bucket covers. */
  get widthUs(): number {
    return this.#widthUs;
  }

  /** The first moment, microseconds since 1970; undefined before there is any. */
  get startUs(): number | undefined {
    return this.#startUs;
  }

  /** From the first to the last moment, microseconds. */
  get spanUs(): number {
    return this.#startUs === undefined ? 0 : this.#endUs - this.#startUs;
  }

  /** The bucket of a moment, microseconds since 1970. One before the first belongs to the first. */
  at(timeUs: number): T {
    this.#startUs ??= timeUs;
    this.#endUs = Math.max(this.#endUs, timeUs);
    let index = this.#indexOf(timeUs);
    while (index >= this.#options.capacity) {
      this.#halve();
      index = this.#indexOf(timeUs);
    }
    return this.#get(index);
  }

  /** Gives each bucket that a stretch of time touches its part of it in microseconds; ends at the last moment. */
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

  /** Those that hold something, in order. */
  entries(): Bucket<T>[] {
    return this.#buckets.flatMap((value, index) =>
      value === undefined ? [] : [{ startUs: index * this.#widthUs, value }],
    );
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
