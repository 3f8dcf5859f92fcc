import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Column } from '../columns/index.js';
import { checkExpression, Engine, type RowSource, usedColumns } from '../duckdb/index.js';
import { OutputFolder, stagingFolder } from './output-folder.js';
import type { PartitionDay } from './partition-day.js';
import { PartitionFiles } from './partition-files.js';
import { ROW_GROUP_ROWS, TableSpool } from './spool.js';

/** Options of {@link ParquetDataset}. */
export interface ParquetDatasetOptions<Row> {
  /** Folder of the dataset; partitions are folders in it. */
  readonly directory: string;
  /** Columns of the files, in this order. */
  readonly columns: readonly Column<Row>[];
  /** Columns that `where` may name: `columns` and any others. */
  readonly allColumns: readonly Column<Row>[];
  /** Name of the timestamp column that determines a row's day, among all columns. */
  readonly dayColumn: string;
  /** Returns the day of a row, by that timestamp. */
  readonly dayOf: (row: Row) => PartitionDay;
  /** Returns the record and metadata that a row shows, if it shows one. */
  readonly sourceOf?: ((row: Row) => RowSource) | undefined;
  /** SQL expression that selects rows. */
  readonly where?: string | undefined;
  /** Approximate maximum size of a file in bytes. */
  readonly fileBytes: number;
  /** Maximum number of rows in a row group; default {@link ROW_GROUP_ROWS}. */
  readonly rowGroupRows?: number;
  /** Allows adding files to a folder that is not empty. */
  readonly append: boolean;
}

/** Totals of a finished dataset. */
export interface ParquetTotals {
  readonly rows: number;
  readonly files: number;
  readonly bytes: number;
  readonly partitions: number;
}

/**
 * Memory limit of DuckDB: one table of rows being filled and one being encoded. With less it would write rows to disk and
 * back, at ten times the cost.
 */
const MEMORY_BYTES = 256 * 2 ** 20;

/**
 * Writer of a folder of Parquet files, partitioned by day. Memory does not grow with the number of rows, and readers
 * see no file before all are finished. Call `open`, any number of `add`, `finish`; and `close` at the end in any case.
 */
export class ParquetDataset<Row> {
  readonly #engine: Engine;
  readonly #encoder: DuckDBConnection;
  readonly #folder: OutputFolder;
  readonly #spool: TableSpool<Row>;
  readonly #files: PartitionFiles;

  private constructor(parts: DatasetParts<Row>) {
    this.#engine = parts.engine;
    this.#encoder = parts.encoder;
    this.#folder = parts.folder;
    this.#spool = parts.spool;
    this.#files = parts.files;
  }

  /**
   * Opens a dataset.
   * @throws DuckDbError if DuckDB is missing, or `where` is invalid (`ERR_SQL`)
   * @throws ParquetError about the folder
   */
  static async open<Row>(options: ParquetDatasetOptions<Row>): Promise<ParquetDataset<Row>> {
    const { directory, append } = options;
    const staging = stagingFolder(directory);
    const tempDirectory = join(staging, 'duckdb');
    // The encoder's thread runs beside the one that reads archives: two cores are used, with the memory of one.
    const engine = await Engine.open({ memoryBytes: MEMORY_BYTES, tempDirectory, threads: 1 });
    try {
      await engine.shutOut({ folders: [staging] });
      const hiddenColumns = await columnsBesides(engine, options);
      const folder = await OutputFolder.open(directory, { append });
      return new ParquetDataset(await assemble(engine, folder, hiddenColumns, options));
    } catch (error) {
      engine.close();
      throw error;
    }
  }

  /**
   * Adds a row, which may then be reused.
   * @returns a promise to await before the next row, if any
   * @throws DuckDbError, also from the promise, for instance if an expression fails for a row
   */
  add(row: Row): Promise<void> | undefined {
    return this.#spool.add(row);
  }

  /**
   * Finishes all files, and only then moves them to their places.
   * @param onFinished called before the move; if the process ends after it, some of the files may be in place
   * @throws as `add` does, and system errors
   */
  async finish(onFinished: () => void = () => undefined): Promise<ParquetTotals> {
    await this.#spool.finish();
    await this.#files.finish();
    onFinished();
    // Several runs can write to one folder, so their names must differ.
    const run = randomBytes(4).toString('hex');
    const { files } = this.#files;
    for (const [i, { path, day }] of files.entries()) {
      await this.#folder.publish(path, day, `part-${String(i).padStart(5, '0')}-${run}.parquet`);
    }
    return {
      rows: files.reduce((sum, { rows }) => sum + rows, 0),
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      files: files.length,
      partitions: new Set(files.map(({ day }) => day)).size,
    };
  }

  /** Removes unfinished files. Call it in any case. */
  async close(): Promise<void> {
    await this.#spool.close();
    this.#encoder.closeSync();
    this.#engine.close();
    await this.#folder.close();
  }
}

interface DatasetParts<Row> {
  readonly engine: Engine;
  readonly encoder: DuckDBConnection;
  readonly folder: OutputFolder;
  readonly spool: TableSpool<Row>;
  readonly files: PartitionFiles;
}

async function assemble<Row>(
  engine: Engine,
  folder: OutputFolder,
  hiddenColumns: readonly Column<Row>[],
  options: ParquetDatasetOptions<Row>,
): Promise<DatasetParts<Row>> {
  const { columns, dayColumn, dayOf, sourceOf, where, fileBytes, rowGroupRows = ROW_GROUP_ROWS } = options;
  const encoder = await engine.connect();
  const files = new PartitionFiles({ engine, encoder, directory: folder.staging, fileBytes, rowGroupRows });
  const spool = await TableSpool.open({
    engine,
    encoder,
    columns,
    hiddenColumns,
    dayColumn,
    dayOf,
    sourceOf,
    where,
    rowGroupRows,
    directory: folder.staging,
    onFragment: (fragment) => files.add(fragment),
  });
  return { engine, encoder, folder, spool, files };
}

/** Returns the columns that select rows and are not in the files. */
async function columnsBesides<Row>(
  engine: Engine,
  { columns, allColumns, dayColumn, where }: ParquetDatasetOptions<Row>,
): Promise<readonly Column<Row>[]> {
  const used = new Set([dayColumn]);
  if (where !== undefined) {
    await checkExpression(engine, allColumns, where);
    for (const name of await usedColumns(engine, allColumns, `SELECT 1 WHERE (${where}\n)`)) used.add(name);
  }
  return allColumns.filter((column) => used.has(column.name) && !columns.includes(column));
}
