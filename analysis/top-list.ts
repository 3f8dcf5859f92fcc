/** List of the entries with the highest scores, in bounded memory. */
export class TopList<T, S = number> {
  readonly #size: number;
  readonly #isHigher: (a: S, b: S) => boolean;
  /** Entries by descending score; equal scores in the order of arrival. */
  readonly #entries: { readonly score: S; readonly value: T }[] = [];

  /** @param isHigher order of scores; numeric by default */
  constructor(size: number, isHigher: (a: S, b: S) => boolean = (a, b) => a > b) {
    this.#size = size;
    this.#isHigher = isHigher;
  }

  /** Adds an entry, which is created only if it is kept. */
  add(score: S, make: () => T): void {
    const entries = this.#entries;
    const last = entries.at(-1);
    if (this.#size === 0 || (entries.length >= this.#size && last !== undefined && !this.#isHigher(score, last.score)))
      return;
    const at = entries.findIndex((each) => this.#isHigher(score, each.score));
    entries.splice(at === -1 ? entries.length : at, 0, { score, value: make() });
    if (entries.length > this.#size) entries.pop();
  }

  /** Returns the entries, the highest score first. */
  values(): T[] {
    return this.#entries.map(({ value }) => value);
  }
}
