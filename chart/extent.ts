/**
 * What a line needs of many values in one column of pixels to look as with all of them: the first, the lowest, the
 * highest and the last.
 */
export interface Extent {
  readonly first: number;
  readonly low: number;
  readonly high: number;
  readonly last: number;
}

/** Gathers an extent. */
export class ExtentBuilder {
  #extent: { first: number; low: number; high: number; last: number } | undefined;

  /** Takes the next value. What is no finite number is passed over. */
  add(value: number | null | undefined): void {
    if (value === null || value === undefined || !Number.isFinite(value)) return;
    if (this.#extent === undefined) this.#extent = { first: value, low: value, high: value, last: value };
    else this.#take(value, value, value);
  }

  /** Takes in what came after. */
  merge({ extent }: ExtentBuilder): void {
    if (extent === undefined) return;
    if (this.#extent === undefined) this.#extent = { ...extent };
    else this.#take(extent.low, extent.high, extent.last);
  }

  /** Undefined while there was no value. */
  get extent(): Extent | undefined {
    return this.#extent;
  }

  #take(low: number, high: number, last: number): void {
    const extent = this.#extent;
    if (extent === undefined) return;
    if (low < extent.low) extent.low = low;
    if (high > extent.high) extent.high = high;
    extent.last = last;
  }
}

/** One extent of two that follow each other. */
export function joinExtents(a: Extent | undefined, b: Extent | undefined): Extent | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { first: a.first, low: Math.min(a.low, b.low), high: Math.max(a.high, b.high), last: b.last };
}
