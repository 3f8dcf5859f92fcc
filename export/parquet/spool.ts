import { stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Column } from '../columns/column.js';
import { createTable, type Engine, quoteName, quoteText, TableWriter } from '../duckdb/index.js';
import { dateRange, type PartitionDay } from './partition-day.js';

/** Part of a partition: a Parquet file of one row group. */
export interface Fragment {
  readonly path: string;
  readonly day: PartitionDay;
  readonly rows: number;
  readonly bytes: number;
}

/** What a spool is made of. */
export interface SpoolOptions<Row> {
  readonly engine: Engine;
  /** A connection for encoding alone: a connection does one thing at a time. */
  readonly encoder: DuckDBConnection;
  /** What the fragments have, in this order. */
  readonly columns: readonly Column<Row>[];
  /** What `where` needs besides. */
  readonly hiddenColumns: readonly Column<Row>[];
  /** Name of the column that says which day a row is of; among the columns. */
  readonly dayColumn: string;
  /** The day of a row. */
  readonly dayOf: (row: Row) => PartitionDay;
  /** Keeps the rows for which this expression is true. */
  readonly where: string | undefined;
  /** Rows of a fragment at most. */
  readonly rowGroupRows: number;
  /** Folder of the fragments. */
  readonly directory: string;
  /** Told of each fragment, in the order of the rows. */
  readonly onFragment: (fragment: Fragment) => Promise<void>;
}

/**
 * Rows of a row group. Readers like a hundred thousand; two tables of them and what DuckDB takes to encode one are
 * most of the memory of an export.
 */
export const ROW_GROUP_ROWS = 32_768;

/**
 * Rows to fragments: rows gather in a table in memory, and when it is full it is encoded, on another thread, while rows
 * gather in a second one.
 */
export class Spool<Row> {
  readonly #options: SpoolOptions<Row>;
  readonly #writer: TableWriter<Row>;
  /** Days of the rows in the table. */
  #days = new Set<PartitionDay>();
  #table = 0;
  #fragments = 0;
  /** The encoding of the other table. */
  #encoding: Promise<void> = Promise.resolve();

  private constructor(options: SpoolOptions<Row>) {
    this.#options = options;
    this.#writer = new TableWriter(options.engine.duckDb, this.#allColumns);
  }

  static async open<Row>(options: SpoolOptions<Row>): Promise<Spool<Row>> {
    const spool = new Spool(options);
    await spool.#beginTable();
    return spool;
  }

  /**
   * Takes a row, which may then serve for the next one.
   * @returns what has to be waited for before the next row, if anything
   */
  add(row: Row): Promise<void> | undefined {
    this.#days.add(this.#options.dayOf(row));
    this.#writer.add(row);
    return this.#writer.rows < this.#options.rowGroupRows ? undefined : this.#switchTable();
  }

  /** Ends the last fragment. */
  async finish(): Promise<void> {
    this.#writer.end();
    await this.#encoding;
    await this.#encode(this.#tableName, this.#days);
  }

  /** Waits for what runs. To be called once, whether it went well or not. */
  async close(): Promise<void> {
    // Whoever waits for the rows has been told of the failure.
    await this.#encoding.catch(() => undefined);
  }

  get #allColumns(): readonly Column<Row>[] {
    return [...this.#options.columns, ...this.#options.hiddenColumns];
  }

  get #tableName(): string {
    return `rows_${this.#table}`;
  }

  async #switchTable(): Promise<void> {
    // What follows without waiting makes room for the few rows that may come while this waits.
    this.#writer.end();
    const days = this.#days;
    this.#days = new Set();
    await this.#encoding;
    const encoding = this.#encode(this.#tableName, days);
    // Not unhandled until the next switch waits for it.
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

/** The statement that writes what a query gives as Parquet, in row groups of at most so many rows. */
export function copyToParquet(select: string, path: string, rowGroupRows: number): string {
  return `COPY (${select}) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rowGroupRows})`;
}
