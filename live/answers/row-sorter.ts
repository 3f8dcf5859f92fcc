import type { StoreRow } from '../store/index.js';
import type { SlicedWork } from './slices.js';
import { StepSorter } from './sort-in-steps.js';
import { compareValues, type SortKey, type SortValue } from './sort-keys.js';

/**
 * Sorter of rows, in steps. The values by which they are sorted lie in one list for each key, and the sorter moves
 * numbers of rows: an object for each row, or a pair for each comparison, would keep the garbage collector busy for
 * longer than the sorting takes.
 */
export class RowSorter {
  readonly #rows: readonly StoreRow[];
  readonly #starts: Float64Array;
  readonly #columns: readonly SortColumn[];
  readonly #sorter: StepSorter<number>;

  /**
   * @param rows rows; those that are added are sorted
   * @param most number of rows that are wanted
   */
  constructor(rows: readonly StoreRow[], keys: readonly SortKey[], most: number) {
    this.#rows = rows;
    this.#starts = new Float64Array(rows.length);
    this.#columns = keys.map((key) => new SortColumn(key, rows.length));
    this.#sorter = new StepSorter<number>((a, b) => this.#compare(a, b), most);
  }

  /** Adds a row by its place. Returns true if {@link tidy} has work to do. */
  add(place: number): boolean {
    const row = this.#rows[place];
    if (row === undefined) throw new TypeError(`there is no row ${place}`);
    for (const column of this.#columns) column.add(place, row);
    this.#starts[place] = row.startUs;
    return this.#sorter.add(place);
  }

  /** Sorts what was added. */
  tidy(): SlicedWork<void> {
    return this.#sorter.tidy();
  }

  /** Returns the first rows in order. */
  *first(): SlicedWork<StoreRow[]> {
    const places = yield* this.#sorter.first();
    const rows: StoreRow[] = [];
    for (const place of places) {
      const row = this.#rows[place];
      if (row !== undefined) rows.push(row);
    }
    return rows;
  }

  /** Compares two rows: those with unknown values come last in both directions, and of equal rows the older first. */
  #compare(a: number, b: number): number {
    for (const column of this.#columns) {
      const order = column.compare(a, b);
      if (order !== 0) return order;
    }
    const left = this.#starts[a] ?? 0;
    const right = this.#starts[b] ?? 0;
    return left === right ? a - b : left - right;
  }
}

/** Values of one key, by the numbers of the rows. */
class SortColumn {
  readonly #key: SortKey;
  readonly #values: SortValue[];

  constructor(key: SortKey, size: number) {
    this.#key = key;
    this.#values = new Array<SortValue>(size);
  }

  add(place: number, row: StoreRow): void {
    this.#values[place] = this.#key.read(row);
  }

  compare(a: number, b: number): number {
    return compareValues(this.#values[a], this.#values[b], this.#key.isDescending);
  }
}
