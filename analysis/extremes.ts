/** Smallest and largest of many values, in place of a `Histogram` where no quantile is wanted. */
export class Extremes {
  #min: number | null = null;
  #max: number | null = null;

  /** Smallest value; null if empty. */
  get min(): number | null {
    return this.#min;
  }

  /** Largest value; null if empty. */
  get max(): number | null {
    return this.#max;
  }

  /** Adds a value. */
  add(value: number): void {
    if (this.#min === null || value < this.#min) this.#min = value;
    if (this.#max === null || value > this.#max) this.#max = value;
  }

  /** Returns null: quantiles are not kept. */
  quantile(_q: number): null {
    return null;
  }

  /** Removes all values. */
  reset(): void {
    this.#min = null;
    this.#max = null;
  }
}
