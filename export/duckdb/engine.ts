import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type DuckDb, DuckDbError, loadDuckDb } from './library.js';

/** Options of {@link Engine.open}. */
export interface EngineOptions {
  /** Path of the database file; default: in memory. */
  readonly path?: string;
  /** Memory limit of DuckDB in bytes, beyond which it writes to `tempDirectory`. */
  readonly memoryBytes: number;
  /** Folder for data that exceeds the memory limit; created when needed. */
  readonly tempDirectory: string;
  /** Number of threads per statement, including the one that waits for it. */
  readonly threads: number;
}

/** Files and folders that statements may still open after {@link Engine.shutOut}. */
export interface Openings {
  /** Files that may be read and written. */
  readonly files?: readonly string[];
  /** Folders whose files may be read and written. */
  readonly folders?: readonly string[];
}

/** Pattern of DuckDB errors that an expression causes with a value. */
const OF_VALUES = /^(Conversion|Invalid Input|Out of Range|Mismatch Type|Invalid Type|Divide by Zero) Error:/;

/** DuckDB database with one connection. */
export class Engine {
  readonly #instance: DuckDBInstance;

  private constructor(
    /** Library that opened the database. */
    readonly duckDb: DuckDb,
    /** Connection for statements, one at a time. */
    readonly connection: DuckDBConnection,
    instance: DuckDBInstance,
  ) {
    this.#instance = instance;
  }

  /**
   * Opens a database without outside access: it neither installs nor loads extensions. Times are in UTC.
   * @throws DuckDbError `ERR_DUCKDB_MISSING`, or `ERR_DUCKDB` if the database cannot be opened
   */
  static async open({ path = ':memory:', memoryBytes, tempDirectory, threads }: EngineOptions): Promise<Engine> {
    const duckDb = await loadDuckDb();
    try {
      const instance = await duckDb.api.DuckDBInstance.create(path, {
        memory_limit: `${Math.floor(memoryBytes / 2 ** 20)}MiB`,
        temp_directory: tempDirectory,
        threads: String(threads),
        // Returns free memory to the system early: by default DuckDB keeps 128 MiB per thread.
        allocator_flush_threshold: '32MiB',
        autoinstall_known_extensions: 'false',
        autoload_known_extensions: 'false',
        allow_community_extensions: 'false',
        allow_persistent_secrets: 'false',
      });
      const engine = new Engine(duckDb, await instance.connect(), instance);
      // Applies to every connection: a literal without a zone is UTC on any machine.
      await engine.connection.run(`SET GLOBAL TimeZone = 'UTC'`);
      return engine;
    } catch (cause) {
      throw asDuckDbError('open database', cause);
    }
  }

  /**
   * Blocks the network and every file except these, for all later statements and connections; no statement can undo
   * this. Call it before DuckDB gets any SQL of a user, because DuckDB computes constants when it parses an expression.
   * @throws DuckDbError `ERR_DUCKDB`
   */
  async shutOut({ files = [], folders = [] }: Openings = {}): Promise<void> {
    if (files.length > 0) await this.run('allow files', `SET allowed_paths = ${quoteList(files)}`);
    if (folders.length > 0) await this.run('allow folders', `SET allowed_directories = ${quoteList(folders)}`);
    await this.run('shut out', 'SET enable_external_access = false');
    await this.run('lock', 'SET lock_configuration = true');
  }

  /** Opens another connection to the same database, for concurrent statements. */
  connect(): Promise<DuckDBConnection> {
    return this.#instance.connect();
  }

  /**
   * Runs a statement to its end and returns the number of changed rows.
   * @param what names the statement in error messages
   * @throws DuckDbError `ERR_DUCKDB`
   */
  async run(what: string, sql: string, connection: DuckDBConnection = this.connection): Promise<bigint> {
    try {
      const result = await connection.run(sql);
      return BigInt(result.rowsChanged);
    } catch (cause) {
      throw asDuckDbError(what, cause);
    }
  }

  /**
   * Returns all rows of a query with few rows.
   * @throws DuckDbError `ERR_DUCKDB`; `ERR_SQL` if an expression fails for a value, such as a cast
   */
  async rows(what: string, sql: string): Promise<readonly (readonly unknown[])[]> {
    try {
      return (await this.connection.runAndReadAll(sql)).getRows();
    } catch (cause) {
      const isOfValue = cause instanceof Error && OF_VALUES.test(cause.message);
      throw asDuckDbError(what, cause, isOfValue ? 'ERR_SQL' : 'ERR_DUCKDB');
    }
  }

  /** Closes the database. The caller of {@link connect} closes those connections. */
  close(): void {
    this.connection.closeSync();
    this.#instance.closeSync();
  }
}

/**
 * Converts an error of DuckDB, with the failed step in front of its message. A DuckDbError or TypeError is returned
 * unchanged.
 */
export function asDuckDbError(what: string, cause: unknown, code: 'ERR_DUCKDB' | 'ERR_SQL' = 'ERR_DUCKDB'): unknown {
  if (!(cause instanceof Error) || cause instanceof DuckDbError || cause instanceof TypeError) return cause;
  // DuckDB's own step before the message does not help the author of the SQL.
  const reason = cause.message.replace(/^Failed to extract statements: /, '').trimEnd();
  return new DuckDbError(code, `${what}: ${reason}`, cause);
}

/** Quotes a text as an SQL string literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll(`'`, `''`)}'`;
}

/** Quotes texts as an SQL list. */
export function quoteList(texts: readonly string[]): string {
  return `[${texts.map(quoteText).join(', ')}]`;
}

/** Quotes a name as an SQL identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
