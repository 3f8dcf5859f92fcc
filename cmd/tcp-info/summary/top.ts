/** What is counted of each name. */
interface Counted {
  /** By how much an entry is ranked. */
  readonly weight: number;
}

/**
 * The heaviest of many names, in memory that does not grow with their number. Up to `kept` names, and up to as many again,
 * all is exact; beyond that the lightest are forgotten now and then, and one that comes back begins anew.
 */
export class Top<T extends Counted> {
  readonly #kept: number;
  #entries = new Map<string, T>();
  #forgot = false;

  constructor(kept: number) {
    this.#kept = kept;
  }

  /** Whether names were forgotten: figures may be too low then. */
  get forgot(): boolean {
    return this.#forgot;
  }

  /** Adds to a name: `add` takes what is known of it so far. */
  add(name: string, add: (known: T | undefined) => T): void {
    this.#entries.set(name, add(this.#entries.get(name)));
    if (this.#entries.size <= 2 * this.#kept) return;
    this.#entries = new Map(this.heaviest(this.#kept));
    this.#forgot = true;
  }

  /** The heaviest names first; equal ones by their name. */
  heaviest(count: number): [name: string, entry: T][] {
    const entries = [...this.#entries];
    entries.sort(([nameA, a], [nameB, b]) => b.weight - a.weight || (nameA < nameB ? -1 : 1));
    return entries.slice(0, count);
  }
}
