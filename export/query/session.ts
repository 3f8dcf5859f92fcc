import type { DuckDBConnection } from '@duckdb/node-api';
import { ConnectionBuilder, type ConnectionIdentity, type ConnectionRow, Deriver } from '../../analysis/index.js';
import type { Column, SnapshotRow } from '../columns/index.js';
import { CONNECTION_COLUMNS, DERIVED_COLUMNS, SNAPSHOT_COLUMNS } from '../columns/index.js';
import {
  asDuckDbError,
  createTable,
  Engine,
  findMentions,
  quoteList,
  quoteName,
  type RowSource,
  TableWriter,
} from '../duckdb/index.js';
import { withTimestampNs } from '../parquet/index.js';
import { EXCHANGE_COLUMNS, type ExchangeRow } from './exchange-columns.js';
import { type ArchiveRow, METADATA_COLUMNS } from './metadata-columns.js';
import { isSameConnection, observationQuery, readObservation } from './observation-sql.js';
import { rejectBrotli } from './parquet-codecs.js';
import { prepareSelect } from './prepare.js';

/** Table that a query can read. */
export type QueryTable = 'snapshots' | 'connections' | 'metadata' | 'http';

/** Tables and columns that a query needs. */
export interface QueryNeeds {
  readonly tables: ReadonlySet<QueryTable>;
  /** True if the query needs derived columns of snapshots. */
  readonly derived: boolean;
}

/** Options of {@link QuerySession}. */
export interface QuerySessionOptions {
  /** Folder for temporary data, used by no one else; must exist. */
  readonly folder: string;
  /** Memory limit of DuckDB in bytes. */
  readonly memoryBytes: number;
  readonly threads: number;
  /** Parquet files to query; empty if rows are to be loaded. */
  readonly parquetFiles: readonly string[];
}

const SNAPSHOTS = withTimestampNs([...SNAPSHOT_COLUMNS, ...DERIVED_COLUMNS]);
const DERIVED_NAMES = new Set(DERIVED_COLUMNS.map(({ name }) => name));
/** Number of rows per append to a table: as many as DuckDB compresses together. */
const FLUSH_ROWS = 122_880;

/**
 * Session for one query over archives or Parquet. Call `open`; `prepare`, which returns what the query needs; for
 * archives `load` and `add…` for each row; then `run`. DuckDB opens only the given files, and no network.
 */
export class QuerySession {
  readonly #engine: Engine;
  readonly #writers = new Map<QueryTable, Loader<unknown>>();
  #sql = '';
  /** True if the Parquet files contain connections. */
  #hasConnections = false;
  /** Columns of snapshots that the query needs. */
  #columns: readonly Column[] = SNAPSHOTS;

  private constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * Opens a session.
   * @throws DuckDbError if DuckDB is missing, or a Parquet file cannot be read
   */
  static async open({ folder, memoryBytes, threads, parquetFiles }: QuerySessionOptions): Promise<QuerySession> {
    const path = `${folder}/rows.duckdb`;
    const engine = await Engine.open({ path, memoryBytes, tempDirectory: `${folder}/temp`, threads });
    const session = new QuerySession(engine);
    try {
      if (parquetFiles.length > 0) {
        // DuckDB 1.5.0 to 1.5.5 fails with an internal error if it answers min() and max() of a partition's column from
        // statistics.
        await engine.run('keep to rows', "SET disabled_optimizers = 'statistics_propagation'");
      }
      await engine.shutOut({ files: parquetFiles });
      if (parquetFiles.length > 0) await session.#viewParquet(parquetFiles);
      else await session.#makeEmptyTables();
      return session;
    } catch (error) {
      engine.close();
      throw error;
    }
  }

  /**
   * Checks the query and returns what it needs, without reading data.
   * @throws DuckDbError `ERR_SQL` if it is not one SELECT, or DuckDB cannot parse it
   */
  async prepare(sql: string): Promise<QueryNeeds> {
    const statement = await prepareSelect(this.#engine, sql);
    statement.destroySync();
    this.#sql = sql;
    const found = await findMentions(this.#engine, sql);
    const needed = SNAPSHOTS.filter(
      ({ name }) => found.takesAll || found.mentions(name) || (name === 'timestamp' && found.mentions('date')),
    );
    this.#columns = needed.length > 0 ? needed : SNAPSHOTS.slice(0, 1);
    return {
      tables: new Set(TABLES.filter((table) => found.mentions(table))),
      derived: this.#columns.some(({ name }) => DERIVED_NAMES.has(name)),
    };
  }

  /** Creates the tables to be filled, with the columns that the query needs. */
  async load({ tables }: QueryNeeds): Promise<void> {
    const engine = this.#engine;
    await engine.run(
      'drop tables',
      `DROP VIEW snapshots; DROP TABLE snapshot_rows; DROP TABLE connections; DROP TABLE metadata; DROP TABLE http`,
    );
    await engine.run('make table', createTable('snapshot_rows', this.#columns));
    await engine.run('make view', snapshotsView(this.#columns));
    await engine.run('make table', createTable('connections', CONNECTION_COLUMNS));
    await engine.run('make table', createTable('metadata', METADATA_COLUMNS));
    await engine.run('make table', createTable('http', EXCHANGE_COLUMNS));
    if (tables.has('snapshots')) await this.#begin('snapshots', 'snapshot_rows', this.#columns, (row) => row);
    if (tables.has('connections')) await this.#begin('connections', 'connections', CONNECTION_COLUMNS);
    if (tables.has('metadata')) await this.#begin('metadata', 'metadata', METADATA_COLUMNS);
    if (tables.has('http')) await this.#begin('http', 'http', EXCHANGE_COLUMNS);
  }

  /**
   * Adds a snapshot's row, which may then be reused. Await the returned promise.
   * @throws DuckDbError
   */
  addSnapshot(row: SnapshotRow): Promise<void> | undefined {
    return this.#writers.get('snapshots')?.add(row);
  }

  /**
   * Adds a connection's row, which may then be reused. Await the returned promise.
   * @throws DuckDbError
   */
  addConnection(row: ConnectionRow): Promise<void> | undefined {
    return this.#writers.get('connections')?.add(row);
  }

  /**
   * Adds an archive's row, which may then be reused. Await the returned promise.
   * @throws DuckDbError
   */
  addArchive(row: ArchiveRow): Promise<void> | undefined {
    return this.#writers.get('metadata')?.add(row);
  }

  /**
   * Adds an HTTP exchange. Await the returned promise.
   * @throws DuckDbError
   */
  addExchange(row: ExchangeRow): Promise<void> | undefined {
    return this.#writers.get('http')?.add(row);
  }

  /**
   * Builds connections from the snapshots of Parquet files, unless the files contain connections.
   * @throws DuckDbError if the files lack a column that this needs
   */
  async loadConnections(): Promise<void> {
    if (this.#hasConnections) return;
    await this.#begin('connections', 'connection_rows', CONNECTION_COLUMNS);
    const builder = new ConnectionBuilder();
    const deriver = new Deriver();
    let identity: ConnectionIdentity | undefined;
    const end = async (): Promise<void> => {
      if (identity !== undefined) await this.addConnection(builder.finish(identity));
      builder.reset();
      deriver.reset();
    };
    for await (const rows of this.#chunks(observationQuery('snapshots'), 'make connections of parquet')) {
      for (const row of rows) {
        const { identity: whose, observation } = readObservation(row);
        if (identity === undefined || !isSameConnection(identity, whose)) {
          await end();
          identity = whose;
        }
        builder.add(observation, deriver.next(observation));
      }
    }
    await end();
  }

  /**
   * Runs the query and returns the names of its columns and batches of rows.
   * @throws DuckDbError `ERR_SQL`
   */
  async run(): Promise<{
    readonly names: readonly string[];
    readonly rows: AsyncIterable<readonly (readonly unknown[])[]>;
  }> {
    for (const writer of this.#writers.values()) writer.end();
    this.#writers.clear();
    const statement = await prepareSelect(this.#engine, this.#sql);
    const names = Array.from({ length: statement.columnCount }, (_, i) => statement.columnName(i));
    statement.destroySync();
    return { names, rows: this.#chunks(this.#sql, 'query', 'ERR_SQL') };
  }

  close(): void {
    this.#engine.close();
  }

  async *#chunks(
    sql: string,
    what: string,
    code: 'ERR_DUCKDB' | 'ERR_SQL' = 'ERR_DUCKDB',
  ): AsyncGenerator<readonly (readonly unknown[])[], void, undefined> {
    // A separate connection, so that rows can be added at the same time.
    const connection = await this.#engine.connect();
    try {
      const result = await connection.stream(sql);
      for (
        let chunk = await result.fetchChunk();
        chunk !== null && chunk.rowCount > 0;
        chunk = await result.fetchChunk()
      ) {
        yield chunk.getRows();
      }
    } catch (cause) {
      throw asDuckDbError(what, cause, code);
    } finally {
      connection.closeSync();
    }
  }

  async #begin<Row>(
    name: QueryTable,
    table: string,
    columns: readonly Column<Row>[],
    sourceOf?: (row: Row) => RowSource,
  ): Promise<void> {
    const loader = new Loader(new TableWriter(this.#engine.duckDb, columns, sourceOf), this.#engine.connection, table);
    await loader.begin();
    this.#writers.set(name, loader as unknown as Loader<unknown>);
  }

  async #makeEmptyTables(): Promise<void> {
    const engine = this.#engine;
    await engine.run('make table', createTable('snapshot_rows', SNAPSHOTS));
    await engine.run('make view', snapshotsView(SNAPSHOTS));
    await engine.run('make table', createTable('connections', CONNECTION_COLUMNS));
    await engine.run('make table', createTable('metadata', METADATA_COLUMNS));
    await engine.run('make table', createTable('http', EXCHANGE_COLUMNS));
  }

  /** Creates views over files of snapshots or connections. */
  async #viewParquet(files: readonly string[]): Promise<void> {
    const engine = this.#engine;
    await rejectBrotli(engine, files);
    const source = `read_parquet(${quoteList(files)}, union_by_name = true, hive_partitioning = true)`;
    const names = new Set(
      (await engine.rows('read parquet', `DESCRIBE SELECT * FROM ${source}`)).map(([name]) => name),
    );
    if (names.has('start_time') && !names.has('timestamp')) {
      await engine.run('make view', `CREATE VIEW connections AS SELECT * FROM ${source}`);
      this.#hasConnections = true;
      return;
    }
    await engine.run('make view', `CREATE VIEW snapshots AS SELECT * FROM ${source}`);
    await engine.run('make table', createTable('connection_rows', CONNECTION_COLUMNS));
    await engine.run('make view', 'CREATE VIEW connections AS SELECT * FROM connection_rows');
    const known = ['uuid', 'sequence', 'netns_inode', 'netns_name'].filter((name) => names.has(name)).join(', ');
    if (known !== '') await engine.run('make view', `CREATE VIEW metadata AS SELECT DISTINCT ${known} FROM snapshots`);
  }
}

const TABLES: readonly QueryTable[] = ['snapshots', 'connections', 'metadata', 'http'];

/** Loader that appends rows to a table and flushes them regularly. */
class Loader<Row> {
  constructor(
    private readonly writer: TableWriter<Row>,
    private readonly connection: DuckDBConnection,
    private readonly table: string,
  ) {}

  begin(): Promise<void> {
    return this.writer.begin(this.connection, this.table);
  }

  add(row: Row): Promise<void> | undefined {
    this.writer.add(row);
    if (this.writer.rows < FLUSH_ROWS) return undefined;
    this.writer.end();
    return this.begin();
  }

  end(): void {
    this.writer.end();
  }
}

/** Returns the view that adds the day to snapshots, which Parquet has in its folder names. */
function snapshotsView(columns: readonly Column[]): string {
  const hasTime = columns.some(({ name }) => name === 'timestamp');
  const day = hasTime ? `, (${quoteName('timestamp')} AT TIME ZONE 'UTC')::DATE AS date` : '';
  return `CREATE VIEW snapshots AS SELECT *${day} FROM snapshot_rows`;
}
