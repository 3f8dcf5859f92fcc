import type { LiveRow } from './live-row.js';

/** Closed rows in the order of their ends, bounded in number and time. */
export class ClosedRows {
  readonly #rows = new Set<LiveRow>();
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

  /** Adds a row that ended. Returns the oldest one if there are too many. */
  add(row: LiveRow): LiveRow | undefined {
    this.#rows.add(row);
    if (this.#rows.size <= this.#max) return undefined;
    const [oldest] = this.#rows;
    if (oldest !== undefined) this.#rows.delete(oldest);
    return oldest;
  }

  /** Removes a row: it is open again. */
  delete(row: LiveRow): void {
    this.#rows.delete(row);
  }

  /** Removes and returns rows that ended too long ago. */
  *expire(nowUs: number): Generator<LiveRow, void, undefined> {
    for (const row of this.#rows) {
      if ((row.closedUs ?? nowUs) + this.#keptUs > nowUs) return;
      this.#rows.delete(row);
      yield row;
    }
  }
}
