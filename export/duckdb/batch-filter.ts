import type { Column } from '../columns/column.js';
import { Engine, quoteName } from './engine.js';
import { createTable, TableWriter } from './table-writer.js';
import { checkExpression, usedColumns } from './used-columns.js';

const TABLE = 'waiting';
/** Rows that wait to be decided on together. */
const BATCH_ROWS = 2048;
const MEMORY_BYTES = 256 * 2 ** 20;

/** Options of a {@link BatchFilter}. */
export interface BatchFilterOptions<Row> {
  /** An SQL expression over the columns. */
  readonly where: string;
  /** Columns that it may name. */
  readonly columns: readonly Column<Row>[];
  /** For DuckDB, should it need it. */
  readonly tempDirectory: string;
  /** Takes the rows for which the expression is true, in their order. */
  readonly emit: (row: Row) => void;
}

/** Keeps the rows for which an SQL expression is true, as DuckDB sees it. Rows wait, unchanged, in batches. */
export class BatchFilter<Row> {
  readonly #options: BatchFilterOptions<Row>;
  readonly #engine: Engine;
  readonly #writer: TableWriter<Row>;
  readonly #columns: readonly Column<Row>[];
  readonly #rows: Row[] = [];

  private constructor(options: BatchFilterOptions<Row>, engine: Engine, columns: readonly Column<Row>[]) {
    this.#options = options;
    this.#engine = engine;
    this.#columns = columns;
    this.#writer = new TableWriter(engine.duckDb, columns);
  }

  /** @throws DuckDbError when there is no DuckDB, or the expression is wrong (`ERR_SQL`) */
  static async open<Row>(options: BatchFilterOptions<Row>): Promise<BatchFilter<Row>> {
    const { where, columns, tempDirectory } = options;
    const engine = await Engine.open({ memoryBytes: MEMORY_BYTES, tempDirectory, threads: 1 });
    try {
      await engine.shutOut();
      await checkExpression(engine, columns, where);
      const names = await usedColumns(engine, columns, `SELECT 1 WHERE (${where}\n)`);
      const used = columns.filter(({ name }) => names.includes(name));
      // A table has a column at least, also where the expression names none.
      return new BatchFilter(options, engine, used.length > 0 ? used : columns.slice(0, 1));
    } catch (error) {
      engine.close();
      throw error;
    }
  }

  /** Rows that wait. */
  get waiting(): number {
    return this.#rows.length;
  }

  /** Whether as many rows wait as should; then {@link flush}. */
  get isFull(): boolean {
    return this.#rows.length >= BATCH_ROWS;
  }

  /** Takes a row, which must not change before the next {@link flush}. */
  add(row: Row): void {
    this.#rows.push(row);
  }

  /** Decides on all rows that wait. @throws DuckDbError when the expression fails for one */
  async flush(): Promise<void> {
    if (this.#rows.length === 0) return;
    const rows = this.#rows.splice(0);
    const engine = this.#engine;
    await engine.run('make table', createTable(TABLE, this.#columns));
    await this.#writer.begin(engine.connection, TABLE);
    for (const row of rows) this.#writer.add(row);
    this.#writer.end();
    const { where, emit } = this.#options;
    const kept = await engine.rows(
      '--where',
      `SELECT rowid FROM ${quoteName(TABLE)} WHERE (${where}\n) ORDER BY rowid`,
    );
    for (const [index] of kept) {
      const row = rows[Number(index)];
      if (row === undefined) throw new TypeError(`--where: there is no row ${String(index)}`);
      emit(row);
    }
    await engine.run('drop table', `DROP TABLE ${quoteName(TABLE)}`);
  }

  /** Ends DuckDB. */
  close(): void {
    this.#engine.close();
  }
}
