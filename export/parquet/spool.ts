import { stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Column } from '../columns/index.js';
import { createTable, type Engine, quoteName, quoteText, type RowSource, TableWriter } from '../duckdb/index.js';
import { dateRange, type PartitionDay } from './partition-day.js';

/** Part of a partition: a Parquet file with one row group. */
export interface Fragment {
  readonly path: string;
  readonly day: PartitionDay;
  readonly rows: number;
  readonly bytes: number;
}

/** Options of {@link TableSpool}. */
export interface SpoolOptions<Row> {
  readonly engine: Engine;
  /** Connection for encoding only, because a connection runs one statement at a time. */
  readonly encoder: DuckDBConnection;
  /** Columns of the fragments, in this order. */
  readonly columns: readonly Column<Row>[];
  /** Further columns that `where` needs. */
  readonly hiddenColumns: readonly Column<Row>[];
  /** Name of the column that determines a row's day; among the columns. */
  readonly dayColumn: string;
  /** Returns the day of a row. */
  readonly dayOf: (row: Row) => PartitionDay;
  /** Returns the record and metadata that a row shows, if it shows one. */
  readonly sourceOf?: ((row: Row) => RowSource) | undefined;
  /** SQL expression that selects rows. */
  readonly where: string | undefined;
  /** Maximum number of rows in a fragment. */
  readonly rowGroupRows: number;
  /** Folder of the fragments. */
  readonly directory: string;
  /** Called with each fragment, in the order of the rows. */
  readonly onFragment: (fragment: Fragment) => Promise<void>;
}

/**
 * Maximum number of rows in a row group by default. Readers prefer a hundred thousand, but two tables of rows and
 * DuckDB's memory for encoding one are most of the memory of an export.
 */
export const ROW_GROUP_ROWS = 32_768;

/**
 * Writer of rows to fragments. Rows collect in a table in memory; a full table is encoded on another thread while rows
 * collect in a second one.
 */
export class TableSpool<Row> {
  readonly #options: SpoolOptions<Row>;
  readonly #writer: TableWriter<Row>;
  /** Days of the rows in the table. */
  #days = new Set<PartitionDay>();
  #table = 0;
  #fragments = 0;
  /** Encoding of the other table. */
  #encoding: Promise<void> = Promise.resolve();

  private constructor(options: SpoolOptions<Row>) {
    this.#options = options;
    this.#writer = new TableWriter(options.engine.duckDb, this.#allColumns, options.sourceOf);
  }

  static async open<Row>(options: SpoolOptions<Row>): Promise<TableSpool<Row>> {
    const spool = new TableSpool(options);
    await spool.#beginTable();
    return spool;
  }

  /**
   * Adds a row, which may then be reused.
   * @returns a promise to await before the next row, if any
   */
  add(row: Row): Promise<void> | undefined {
    this.#days.add(this.#options.dayOf(row));
    this.#writer.add(row);
    return this.#writer.rows < this.#options.rowGroupRows ? undefined : this.#switchTable();
  }

  /** Finishes the last fragment. */
  async finish(): Promise<void> {
    this.#writer.end();
    await this.#encoding;
    await this.#encode(this.#tableName, this.#days);
  }

  /** Waits for running work. Call it once, after success or failure. */
  async close(): Promise<void> {
    // The caller of `add` or `finish` got the failure.
    await this.#encoding.catch(() => undefined);
  }

  get #allColumns(): readonly Column<Row>[] {
    return [...this.#options.columns, ...this.#options.hiddenColumns];
  }

  get #tableName(): string {
    return `rows_${this.#table}`;
  }

  async #switchTable(): Promise<void> {
    // The statements up to the next await make room for the few rows that may arrive meanwhile.
    this.#writer.end();
    const days = this.#days;
    this.#days = new Set();
    await this.#encoding;
    const encoding = this.#encode(this.#tableName, days);
    // Not an unhandled rejection until the next switch awaits it.
    encoding.catch(() => undefined);
    this.#encoding = encoding;
    this.#table = 1 - this.#table;
    await this.#beginTable();
  }

  async #beginTable(): Promise<void> {
    const { engine } = this.#options;
    await engine.run('make table', createTable(this.#tableName, this.#allColumns));
    await this.#writer.begin(engine.connection, this.#tableName);
  }

  async #encode(table: string, days: ReadonlySet<PartitionDay>): Promise<void> {
    for (const day of days) await this.#encodeDay(table, day, days.size === 1);
    const { engine, encoder } = this.#options;
    await engine.run('drop table', `DROP TABLE ${quoteName(table)}`, encoder);
  }

  async #encodeDay(table: string, day: PartitionDay, isOnly: boolean): Promise<void> {
    const { engine, encoder, columns, directory, where, dayColumn, rowGroupRows, onFragment } = this.#options;
    const path = join(directory, `${this.#fragments++}.fragment`);
    const conditions = [
      ...(where === undefined ? [] : [`(${where}\n)`]),
      ...(isOnly ? [] : [dateRange(dayColumn, day)]),
    ];
    const list = columns.map(({ name }) => quoteName(name)).join(', ');
    const condition = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
    const select = `SELECT ${list} FROM ${quoteName(table)}${condition}`;
    const rows = await engine.run('write parquet', copyToParquet(select, path, rowGroupRows), encoder);
    if (rows === 0n) await unlink(path);
    else await onFragment({ path, day, rows: Number(rows), bytes: (await stat(path)).size });
  }
}

/** Returns the statement that writes a query's result as Parquet, with at most `rowGroupRows` rows per row group. */
export function copyToParquet(select: string, path: string, rowGroupRows: number): string {
  return `COPY (${select}) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rowGroupRows})`;
}
