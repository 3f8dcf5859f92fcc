/** Cells of one row in a ring: the first and the last, as numbers in the order of writing; -1 without cells. */
export interface CellChain {
  first: number;
  last: number;
}

/** Creates an empty chain. */
export function emptyChain(): CellChain {
  return { first: -1, last: -1 };
}

/**
 * Places of cells in a ring: each new cell takes the place after the last one, and the oldest of all goes when the ring
 * is full. Cells of one row form a chain, so a row without cells takes no memory. What a cell holds is in arrays of the
 * caller, by its place.
 */
export class CellRing<Row> {
  readonly capacity: number;
  readonly #rows: (Row | undefined)[];
  /** For each place, the number of the row's next cell; -1 if it is the row's last. */
  readonly #next: Float64Array;
  readonly #chainOf: (row: Row) => CellChain;
  /** Number of the oldest cell. */
  #head = 0;
  /** Number of the next cell to be written. */
  #tail = 0;

  /** @param chainOf returns a row's chain in this ring */
  constructor(capacity: number, chainOf: (row: Row) => CellChain) {
    this.capacity = capacity;
    this.#rows = [];
    this.#next = new Float64Array(capacity);
    this.#chainOf = chainOf;
  }

  /** Number of cells, those of forgotten rows included. */
  get size(): number {
    return this.#tail - this.#head;
  }

  get isFull(): boolean {
    return this.size === this.capacity;
  }

  /** Appends a cell to a row's chain and returns its place. The ring must not be full. */
  push(row: Row): number {
    const number = this.#tail++;
    const place = number % this.capacity;
    this.#rows[place] = row;
    this.#next[place] = -1;
    const chain = this.#chainOf(row);
    if (chain.last === -1) chain.first = number;
    else this.#next[chain.last % this.capacity] = number;
    chain.last = number;
    return place;
  }

  /** Place of the oldest cell. The ring must not be empty. */
  get oldest(): number {
    return this.#head % this.capacity;
  }

  /** Row of a place; undefined if it was forgotten. */
  rowAt(place: number): Row | undefined {
    return this.#rows[place];
  }

  /** Removes the oldest cell. The ring must not be empty. */
  shift(): void {
    const place = this.oldest;
    const row = this.#rows[place];
    this.#rows[place] = undefined;
    this.#head++;
    if (row === undefined) return;
    const chain = this.#chainOf(row);
    chain.first = this.#next[place] ?? -1;
    if (chain.first === -1) chain.last = -1;
  }

  /** Forgets a row: its cells stay until they are the oldest, and belong to no row. */
  forget(row: Row): void {
    for (const place of this.places(row)) this.#rows[place] = undefined;
    const chain = this.#chainOf(row);
    chain.first = -1;
    chain.last = -1;
  }

  /** Place of a row's last cell; undefined without cells. */
  lastPlace(row: Row): number | undefined {
    const { last } = this.#chainOf(row);
    return last === -1 ? undefined : last % this.capacity;
  }

  /** Iterates over the places of a row's cells, oldest first. */
  *places(row: Row): Generator<number, void, undefined> {
    for (let number = this.#chainOf(row).first; number !== -1; ) {
      const place = number % this.capacity;
      number = this.#next[place] ?? -1;
      yield place;
    }
  }
}
