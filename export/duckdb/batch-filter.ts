import type { Column } from '../columns/index.js';
import { Engine, quoteName } from './engine.js';
import { createTable, TableWriter } from './table-writer.js';
import { checkExpression, usedColumns } from './used-columns.js';

const TABLE = 'waiting';
/** Number of rows evaluated together. */
const BATCH_ROWS = 2048;
const MEMORY_BYTES = 256 * 2 ** 20;

/** Options of a {@link BatchFilter}. */
export interface BatchFilterOptions<Row> {
  /** SQL expression over the columns. */
  readonly where: string;
  /** Columns that the expression may name. */
  readonly columns: readonly Column<Row>[];
  /** Folder for DuckDB's temporary files. */
  readonly tempDirectory: string;
  /** Called in order with each row for which the expression is true. */
  readonly emit: (row: Row) => void;
}

/** Filter of rows by an SQL expression, evaluated by DuckDB in batches. Rows must not change while they wait. */
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

  /**
   * Opens a filter.
   * @throws DuckDbError if DuckDB is missing, or the expression is invalid (`ERR_SQL`)
   */
  static async open<Row>(options: BatchFilterOptions<Row>): Promise<BatchFilter<Row>> {
    const { where, columns, tempDirectory } = options;
    const engine = await Engine.open({ memoryBytes: MEMORY_BYTES, tempDirectory, threads: 1 });
    try {
      await engine.shutOut();
      await checkExpression(engine, columns, where);
      const names = await usedColumns(engine, columns, `SELECT 1 WHERE (${where}\n)`);
      const used = columns.filter(({ name }) => names.includes(name));
      // A table needs a column, even if the expression names none.
      return new BatchFilter(options, engine, used.length > 0 ? used : columns.slice(0, 1));
    } catch (error) {
      engine.close();
      throw error;
    }
  }

  /** Number of waiting rows. */
  get waiting(): number {
    return this.#rows.length;
  }

  /** True when a batch is full; then call {@link flush}. */
  get isFull(): boolean {
    return this.#rows.length >= BATCH_ROWS;
  }

  /** Adds a row, which must not change before the next {@link flush}. */
  add(row: Row): void {
    this.#rows.push(row);
  }

  /**
   * Evaluates the expression for all waiting rows.
   * @throws DuckDbError if the expression fails for a row
   */
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

  /** Closes DuckDB. */
  close(): void {
    this.#engine.close();
  }
}
