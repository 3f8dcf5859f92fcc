/**
 * Extent of many values in one column of pixels. A line through its four values looks the same as one through all
 * values.
 */
export interface Extent {
  readonly first: number;
  readonly low: number;
  readonly high: number;
  readonly last: number;
}

/** Builder of an {@link Extent}. */
export class ExtentBuilder {
  #extent: { first: number; low: number; high: number; last: number } | undefined;

  /** Adds the next value. Null, undefined and values that are not finite are ignored. */
  add(value: number | null | undefined): void {
    if (value === null || value === undefined || !Number.isFinite(value)) return;
    if (this.#extent === undefined) this.#extent = { first: value, low: value, high: value, last: value };
    else this.#take(value, value, value);
  }

  /** Adds the values of a later extent. */
  merge({ extent }: ExtentBuilder): void {
    if (extent === undefined) return;
    if (this.#extent === undefined) this.#extent = { ...extent };
    else this.#take(extent.low, extent.high, extent.last);
  }

  /** Extent so far; undefined without values. */
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

/** Joins two consecutive extents. */
export function joinExtents(a: Extent | undefined, b: Extent | undefined): Extent | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { first: a.first, low: Math.min(a.low, b.low), high: Math.max(a.high, b.high), last: b.last };
}
