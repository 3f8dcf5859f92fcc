import type { Column, SnapshotRow } from '../columns/column.js';
import { SnapshotReader } from '../snapshot-reader.js';
import { Engine, quoteName } from './engine.js';
import { createTable, TableWriter } from './table-writer.js';
import { checkExpression, usedColumns } from './used-columns.js';

const TABLE = 'waiting';
/** Rows that wait to be asked about at once. */
const BATCH_ROWS = 2048;
const MEMORY_BYTES = 256 * 2 ** 20;

/** How a filter is made. */
export interface RowFilterOptions {
  /** An SQL expression over the columns. */
  readonly where: string;
  /** What it may name. */
  readonly columns: readonly Column[];
  /** For DuckDB, should it need it. */
  readonly tempDirectory: string;
  /** Is given the rows for which the expression is true, in their order; a row is valid until it returns. */
  readonly emit: (row: SnapshotRow) => void;
}

/** Keeps the rows for which an SQL expression is true, as DuckDB sees it. Rows wait in batches until it is asked. */
export class RowFilter {
  readonly #options: RowFilterOptions;
  readonly #engine: Engine;
  readonly #writer: TableWriter<SnapshotRow>;
  readonly #columns: readonly Column[];
  /** Copies of the rows that wait; there are as many as ever waited. */
  readonly #rows: SnapshotReader[] = [];
  #waiting = 0;

  private constructor(options: RowFilterOptions, engine: Engine, columns: readonly Column[]) {
    this.#options = options;
    this.#engine = engine;
    this.#columns = columns;
    this.#writer = new TableWriter(engine.duckDb, columns);
  }

  /** @throws DuckDbError when there is no DuckDB, or the expression is wrong (`ERR_SQL`) */
  static async open(options: RowFilterOptions): Promise<RowFilter> {
    const { where, columns, tempDirectory } = options;
    const engine = await Engine.open({ memoryBytes: MEMORY_BYTES, tempDirectory, threads: 1 });
    try {
      await engine.shutOut();
      await checkExpression(engine, columns, where);
      const names = await usedColumns(engine, columns, `SELECT 1 WHERE (${where}\n)`);
      const used = columns.filter(({ name }) => names.includes(name));
      // A table has a column at least, also where the expression names none.
      return new RowFilter(options, engine, used.length > 0 ? used : columns.slice(0, 1));
    } catch (error) {
      engine.close();
      throw error;
    }
  }

  /** Takes a row, which may then serve for the next. {@link isFull} may be so afterwards. */
  add(row: SnapshotRow): void {
    let copy = this.#rows[this.#waiting];
    if (copy === undefined) {
      copy = new SnapshotReader();
      this.#rows.push(copy);
    }
    copy.copy(row);
    // Whoever derives values writes the next ones to the same object.
    copy.derived = row.derived === undefined ? undefined : { ...row.derived };
    this.#waiting++;
  }

  /** Whether as many rows wait as should; then {@link flush}. */
  get isFull(): boolean {
    return this.#waiting >= BATCH_ROWS;
  }

  /** Decides on all rows that wait. @throws DuckDbError when the expression fails for one */
  async flush(): Promise<void> {
    const count = this.#waiting;
    if (count === 0) return;
    this.#waiting = 0;
    const engine = this.#engine;
    await engine.run('make table', createTable(TABLE, this.#columns));
    await this.#writer.begin(engine.connection, TABLE);
    for (let i = 0; i < count; i++) this.#writer.add(this.#row(i));
    this.#writer.end();
    const { where, emit } = this.#options;
    const kept = await engine.rows(
      '--where',
      `SELECT rowid FROM ${quoteName(TABLE)} WHERE (${where}\n) ORDER BY rowid`,
    );
    for (const [index] of kept) emit(this.#row(Number(index)));
    await engine.run('drop table', `DROP TABLE ${quoteName(TABLE)}`);
  }

  /** Ends DuckDB. */
  close(): void {
    this.#engine.close();
  }

  #row(index: number): SnapshotReader {
    const row = this.#rows[index];
    if (row === undefined) throw new TypeError(`--where: there is no row ${index}`);
    return row;
  }
}
