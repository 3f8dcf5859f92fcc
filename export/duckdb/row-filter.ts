import type { SnapshotRow } from '../columns/column.js';
import { SnapshotReader } from '../snapshot-reader.js';
import { BatchFilter, type BatchFilterOptions } from './batch-filter.js';

/** How a filter of snapshots is made. `emit` is given rows that are valid until it returns. */
export type RowFilterOptions = BatchFilterOptions<SnapshotRow>;

/** Keeps the snapshots for which an SQL expression is true, as DuckDB sees it. Rows wait in batches until it is asked. */
export class RowFilter {
  readonly #filter: BatchFilter<SnapshotRow>;
  /** Copies of the rows that wait; there are as many as ever waited. */
  readonly #copies: SnapshotReader[] = [];

  private constructor(filter: BatchFilter<SnapshotRow>) {
    this.#filter = filter;
  }

  /** @throws DuckDbError when there is no DuckDB, or the expression is wrong (`ERR_SQL`) */
  static async open(options: RowFilterOptions): Promise<RowFilter> {
    return new RowFilter(await BatchFilter.open(options));
  }

  /** Takes a row, which may then serve for the next. {@link isFull} may be so afterwards. */
  add(row: SnapshotRow): void {
    let copy = this.#copies[this.#filter.waiting];
    if (copy === undefined) {
      copy = new SnapshotReader();
      this.#copies.push(copy);
    }
    copy.copy(row);
    // Whoever derives values writes the next ones to the same object.
    copy.derived = row.derived === undefined ? undefined : { ...row.derived };
    this.#filter.add(copy);
  }

  /** Whether as many rows wait as should; then {@link flush}. */
  get isFull(): boolean {
    return this.#filter.isFull;
  }

  /** Decides on all rows that wait. @throws DuckDbError when the expression fails for one */
  async flush(): Promise<void> {
    await this.#filter.flush();
  }

  /** Ends DuckDB. */
  close(): void {
    this.#filter.close();
  }
}
