/** The entries of the highest scores, in memory of so many. */
export class TopList<T> {
  readonly #size: number;
  /** The highest first; of equal ones, the one that came first. */
  readonly #entries: { readonly score: number; readonly value: T }[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  /** Takes an entry, which is made only when it is kept. */
  add(score: number, make: () => T): void {
    const entries = this.#entries;
    const last = entries.at(-1);
    if (this.#size === 0 || (entries.length >= this.#size && last !== undefined && score <= last.score)) return;
    const at = entries.findIndex((each) => each.score < score);
    entries.splice(at === -1 ? entries.length : at, 0, { score, value: make() });
    if (entries.length > this.#size) entries.pop();
  }

  /** The entries, the highest score first. */
  values(): T[] {
    return this.#entries.map(({ value }) => value);
  }
}
