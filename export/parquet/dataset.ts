import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Column } from '../columns/column.js';
import { checkExpression, Engine, usedColumns } from '../duckdb/index.js';
import { OutputFolder, stagingFolder } from './output-folder.js';
import type { PartitionDay } from './partition-day.js';
import { PartitionFiles } from './partition-files.js';
import { ROW_GROUP_ROWS, Spool } from './spool.js';

/** What a dataset is made of, and where. */
export interface ParquetDatasetOptions<Row> {
  /** The dataset's folder: partitions are folders in it. */
  readonly directory: string;
  /** What files have, in this order. */
  readonly columns: readonly Column<Row>[];
  /** What `where` may name: `columns` and any others. */
  readonly allColumns: readonly Column<Row>[];
  /** Name of the timestamp, among all columns, that says which day a row is of. */
  readonly dayColumn: string;
  /** The day of a row, by that timestamp. */
  readonly dayOf: (row: Row) => PartitionDay;
  /** Only rows for which this SQL expression is true. */
  readonly where?: string | undefined;
  /** Bytes of a file at most, about. */
  readonly fileBytes: number;
  /** Rows of a row group at most; {@link ROW_GROUP_ROWS} if not given. */
  readonly rowGroupRows?: number;
  /** Whether files may be added to what is in the folder. */
  readonly append: boolean;
}

/** What was written. */
export interface ParquetTotals {
  readonly rows: number;
  readonly files: number;
  readonly bytes: number;
  readonly partitions: number;
}

/**
 * What DuckDB may keep in memory: two tables of rows, one of which is being encoded. With less it would write rows to
 * disk and back, at ten times the cost.
 */
const MEMORY_BYTES = 256 * 2 ** 20;

/**
 * A folder of Parquet files, partitioned by day, in the making. Its memory does not grow with the rows, and readers see
 * no file before all are finished. `open`, any number of `add`, `finish`; and `close` at the end of any of it.
 */
export class ParquetDataset<Row> {
  readonly #engine: Engine;
  readonly #encoder: DuckDBConnection;
  readonly #folder: OutputFolder;
  readonly #spool: Spool<Row>;
  readonly #files: PartitionFiles;

  private constructor(parts: DatasetParts<Row>) {
    this.#engine = parts.engine;
    this.#encoder = parts.encoder;
    this.#folder = parts.folder;
    this.#spool = parts.spool;
    this.#files = parts.files;
  }

  /**
   * @throws DuckDbError when there is no DuckDB, or `where` is wrong (`ERR_SQL`)
   * @throws ParquetError of the folder
   */
  static async open<Row>(options: ParquetDatasetOptions<Row>): Promise<ParquetDataset<Row>> {
    const { directory, append } = options;
    const staging = stagingFolder(directory);
    const tempDirectory = join(staging, 'duckdb');
    // The encoder's thread besides the one that reads archives: two cores are used, and memory is that of one.
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
   * Takes a row, which may then serve for the next one.
   * @returns what has to be waited for before the next row, if anything
   * @throws DuckDbError, also by what is returned, e.g. when an expression fails for a row
   */
  add(row: Row): Promise<void> | undefined {
    return this.#spool.add(row);
  }

  /**
   * Finishes all files, and only then moves them to their places.
   * @param onFinished called in between: from then on an end would leave some of them
   * @throws as `add` does, and errors of the system's
   */
  async finish(onFinished: () => void = () => undefined): Promise<ParquetTotals> {
    await this.#spool.finish();
    await this.#files.finish();
    onFinished();
    // Files of several runs can be in one folder: their names never meet.
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

  /** Removes what is not finished. To be called in any case. */
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
  readonly spool: Spool<Row>;
  readonly files: PartitionFiles;
}

async function assemble<Row>(
  engine: Engine,
  folder: OutputFolder,
  hiddenColumns: readonly Column<Row>[],
  options: ParquetDatasetOptions<Row>,
): Promise<DatasetParts<Row>> {
  const { columns, dayColumn, dayOf, where, fileBytes, rowGroupRows = ROW_GROUP_ROWS } = options;
  const encoder = await engine.connect();
  const files = new PartitionFiles({ engine, encoder, directory: folder.staging, fileBytes, rowGroupRows });
  const spool = await Spool.open({
    engine,
    encoder,
    columns,
    hiddenColumns,
    dayColumn,
    dayOf,
    where,
    rowGroupRows,
    directory: folder.staging,
    onFragment: (fragment) => files.add(fragment),
  });
  return { engine, encoder, folder, spool, files };
}

/** Columns that rows are chosen by, and that the files have not. */
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
