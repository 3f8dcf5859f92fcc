import type { Limit } from './limited-by.js';

/**
 * Parts of a connection's time, by what limited it, until they are taken. One comes with each record, and what
 * follows from them is computed once a second: so a part touches this object only, and most connections take turns
 * between two causes.
 */
export class LimitParts {
  #isEmpty = true;
  #exchanges = 0;
  #first: Limit | undefined;
  #firstUs = 0;
  #second: Limit | undefined;
  #secondUs = 0;
  readonly #others: { readonly limit: Limit; us: number }[] = [];

  /** Adds time limited by a cause, and the exchanges that ended in it. Returns true for the first part since {@link take}. */
  add(limit: Limit, us: number, exchanges: number): boolean {
    this.#exchanges += exchanges;
    if (limit === this.#first) this.#firstUs += us;
    else if (limit === this.#second) this.#secondUs += us;
    else this.#addOther(limit, us);
    if (!this.#isEmpty) return false;
    this.#isEmpty = false;
    return true;
  }

  #addOther(limit: Limit, us: number): void {
    if (this.#first === undefined) {
      this.#first = limit;
      this.#firstUs = us;
    } else if (this.#second === undefined) {
      this.#second = limit;
      this.#secondUs = us;
    } else {
      const known = this.#others.find((other) => other.limit === limit);
      if (known === undefined) this.#others.push({ limit, us });
      else known.us += us;
    }
  }

  /**
   * Takes everything out.
   * @param onPart called with each cause and its time
   * @returns number of exchanges; undefined if nothing was added
   */
  take(onPart: (limit: Limit, us: number) => void): number | undefined {
    if (this.#isEmpty) return undefined;
    const exchanges = this.#exchanges;
    if (this.#first !== undefined && this.#firstUs > 0) onPart(this.#first, this.#firstUs);
    if (this.#second !== undefined && this.#secondUs > 0) onPart(this.#second, this.#secondUs);
    for (const { limit, us } of this.#others) onPart(limit, us);
    this.#isEmpty = true;
    this.#exchanges = 0;
    this.#firstUs = 0;
    this.#secondUs = 0;
    this.#others.length = 0;
    return exchanges;
  }
}
