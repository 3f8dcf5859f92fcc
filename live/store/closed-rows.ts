import type { LiveRow } from './live-row.js';

/** Closed rows in the order of their ends, bounded in number and time. */
export class ClosedRows {
  /** Rows, with the times of their ends. */
  readonly #rows = new Map<LiveRow, number>();
  readonly #max: number;
  readonly #keptUs: number;

  /**
   * @param max most rows
   * @param keptUs time for which rows are kept, microseconds
   */
  constructor(max: number, keptUs: number) {
    this.#max = max;
    this.#keptUs = keptUs;
  }

  get size(): number {
    return this.#rows.size;
  }

  /**
   * Adds a row that ended. Returns the oldest one if there are too many.
   * @param evenUs time of the end by a clock that grows evenly, microseconds
   */
  add(row: LiveRow, evenUs: number): LiveRow | undefined {
    this.#rows.set(row, evenUs);
    if (this.#rows.size <= this.#max) return undefined;
    const [oldest] = this.#rows.keys();
    if (oldest !== undefined) this.#rows.delete(oldest);
    return oldest;
  }

  /** Removes a row: it is open again. */
  delete(row: LiveRow): void {
    this.#rows.delete(row);
  }

  /** Removes and returns rows that ended too long ago. */
  *expire(evenUs: number): Generator<LiveRow, void, undefined> {
    for (const [row, endUs] of this.#rows) {
      if (endUs + this.#keptUs > evenUs) return;
      this.#rows.delete(row);
      yield row;
    }
  }
}
