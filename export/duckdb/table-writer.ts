import type { DuckDBAppender, DuckDBConnection, DuckDBDataChunk, DuckDBType } from '@duckdb/node-api';
import type { ArchivedRecord, Metadata } from '../../parse/index.js';
import { ChangedColumns, type Column, type ColumnType } from '../columns/index.js';
import { CHUNK_ROWS, type ColumnBuffer, columnBuffer } from './column-buffer.js';
import { asDuckDbError, quoteName } from './engine.js';
import type { Bindings, DuckDb } from './library.js';

/** DuckDB types of columns. There are no unsigned ones, because BigQuery and Spark have none. */
export const SQL_TYPES = {
  string: 'VARCHAR',
  bool: 'BOOLEAN',
  int32: 'INTEGER',
  int64: 'BIGINT',
  double: 'DOUBLE',
  timestamp: 'TIMESTAMPTZ',
} as const satisfies Record<ColumnType, string>;

/** Returns the `CREATE TABLE` statement for columns. */
export function createTable<Row>(table: string, columns: readonly Column<Row>[]): string {
  return `CREATE TABLE ${quoteName(table)} (${columns.map(({ name, type }) => `${quoteName(name)} ${SQL_TYPES[type]}`).join(', ')})`;
}

/**
 * Buffers that make V8 count the native memory of appenders. An appender's memory is freed when the appender is
 * collected as garbage, but V8 does not know that memory and is not in a hurry: hundreds of megabytes would wait. Each
 * buffer has that length, and its own memory is never touched.
 */
const ballast = new WeakMap<DuckDBAppender, ArrayBuffer>();
const APPENDER_BYTES_PER_COLUMN = 16 * CHUNK_ROWS;

/** Record and metadata that a row shows; a snapshot's row is one itself. */
export interface RowSource {
  readonly record: ArchivedRecord;
  readonly metadata: Metadata | undefined;
}

/**
 * Writer of rows to DuckDB tables, one table after the other, {@link CHUNK_ROWS} rows at a time and column by column.
 * Call `begin`, any number of `add`, then `end`.
 */
export class TableWriter<Row> {
  readonly #bindings: Bindings;
  readonly #chunk: DuckDBDataChunk;
  readonly #buffers: readonly ColumnBuffer<Row>[];
  readonly #changed: ChangedColumns;
  readonly #sourceOf: ((row: Row) => RowSource) | undefined;
  #appender: DuckDBAppender | undefined;
  #waiting = 0;
  #rows = 0;

  /**
   * @param sourceOf returns what a row shows: with it, columns that cannot have changed since the row before are not
   *   read again
   */
  constructor({ api, bindings }: DuckDb, columns: readonly Column<Row>[], sourceOf?: (row: Row) => RowSource) {
    this.#sourceOf = sourceOf;
    this.#bindings = bindings;
    // One chunk for all rows, because a chunk's memory is freed only when the chunk is collected as garbage.
    this.#chunk = api.DuckDBDataChunk.create(columns.map(({ type }): DuckDBType => api[SQL_TYPES[type]]));
    this.#buffers = columns.map((column) => columnBuffer(column));
    this.#changed = new ChangedColumns(columns.map(({ inputs }) => inputs));
  }

  /** Number of rows added since `end`, including rows before `begin`: up to a chunk of them may wait. */
  get rows(): number {
    return this.#rows;
  }

  /**
   * Starts or continues a table with these columns, created by {@link createTable}.
   * @throws DuckDbError
   */
  async begin(connection: DuckDBConnection, table: string): Promise<void> {
    try {
      const appender = await connection.createAppender(table);
      ballast.set(appender, new ArrayBuffer(this.#buffers.length * APPENDER_BYTES_PER_COLUMN));
      this.#appender = appender;
    } catch (cause) {
      throw asDuckDbError('append rows', cause);
    }
  }

  /**
   * Reads every column of a row, which may then be reused.
   * @throws DuckDbError if DuckDB rejects a chunk
   */
  add(row: Row): void {
    const at = this.#waiting;
    const buffers = this.#buffers;
    const changed = this.#changed;
    const source = this.#sourceOf?.(row);
    const areFew = source !== undefined && changed.next(source.record, source.metadata);
    // A chunk begins with all values.
    if (areFew && at > 0) {
      const { columns, count } = changed;
      for (let i = 0; i < count; i++) buffers[columns[i] ?? 0]?.put(at, row);
    } else {
      for (let i = 0; i < buffers.length; i++) buffers[i]?.put(at, row);
    }
    this.#rows++;
    if (++this.#waiting === CHUNK_ROWS) this.#flushChunk();
  }

  /**
   * Makes all rows visible in the table.
   * @throws DuckDbError
   */
  end(): void {
    if (this.#waiting > 0) this.#flushChunk();
    try {
      this.#appender?.closeSync();
    } catch (cause) {
      throw asDuckDbError('append rows', cause);
    }
    this.#appender = undefined;
    this.#rows = 0;
  }

  #flushChunk(): void {
    const appender = this.#appender;
    if (appender === undefined) throw new TypeError('append rows: no table was begun');
    const { chunk } = this.#chunk;
    const bindings = this.#bindings;
    const count = this.#waiting;
    this.#waiting = 0;
    try {
      bindings.data_chunk_reset(chunk);
      bindings.data_chunk_set_size(chunk, count);
      for (const [i, buffer] of this.#buffers.entries()) {
        buffer.flush(bindings, bindings.data_chunk_get_vector(chunk, i), count);
      }
      appender.appendDataChunk(this.#chunk);
    } catch (cause) {
      throw asDuckDbError('append rows', cause);
    }
  }
}
