import type { SnapshotRow } from '../columns/index.js';
import { SnapshotReader } from '../snapshot-reader.js';
import { BatchFilter, type BatchFilterOptions } from './batch-filter.js';

/** Options of {@link RowFilter}. Rows passed to `emit` are valid until it returns. */
export type RowFilterOptions = BatchFilterOptions<SnapshotRow>;

/** Filter of snapshots by an SQL expression, evaluated by DuckDB in batches. */
export class RowFilter {
  readonly #filter: BatchFilter<SnapshotRow>;
  /** Copies of waiting rows, reused; as many as ever waited at once. */
  readonly #copies: SnapshotReader[] = [];

  private constructor(filter: BatchFilter<SnapshotRow>) {
    this.#filter = filter;
  }

  /**
   * Opens a filter.
   * @throws DuckDbError if DuckDB is missing, or the expression is invalid (`ERR_SQL`)
   */
  static async open(options: RowFilterOptions): Promise<RowFilter> {
    return new RowFilter(await BatchFilter.open(options));
  }

  /** Adds a copy of a row, so that the row can be reused. Check {@link isFull} afterwards. */
  add(row: SnapshotRow): void {
    let copy = this.#copies[this.#filter.waiting];
    if (copy === undefined) {
      copy = new SnapshotReader();
      this.#copies.push(copy);
    }
    copy.copy(row);
    // The deriver writes the next values to the same object.
    copy.derived = row.derived === undefined ? undefined : { ...row.derived };
    this.#filter.add(copy);
  }

  /** True when a batch is full; then call {@link flush}. */
  get isFull(): boolean {
    return this.#filter.isFull;
  }

  /**
   * Evaluates the expression for all waiting rows.
   * @throws DuckDbError if the expression fails for a row
   */
  async flush(): Promise<void> {
    await this.#filter.flush();
  }

  /** Closes DuckDB. */
  close(): void {
    this.#filter.close();
  }
}
