import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type DuckDb, DuckDbError, loadDuckDb } from './library.js';

/** How much an engine may take. */
export interface EngineOptions {
  /** The database's file; in memory if not given. */
  readonly path?: string;
  /** What DuckDB may keep in memory before it writes to `tempDirectory`, in bytes. */
  readonly memoryBytes: number;
  /** For what does not fit into memory. Made when it is needed. */
  readonly tempDirectory: string;
  /** Threads that work on a statement, the one that waits for it among them. */
  readonly threads: number;
}

/** What statements may still open when all else is shut out. */
export interface Openings {
  /** Files that may be read and written. */
  readonly files?: readonly string[];
  /** Folders in which any file may be. */
  readonly folders?: readonly string[];
}

/** Errors of DuckDB's that an expression makes with a value. */
const OF_VALUES = /^(Conversion|Invalid Input|Out of Range|Mismatch Type|Invalid Type|Divide by Zero) Error:/;

/** A database of DuckDB's, and a connection to it. */
export class Engine {
  readonly #instance: DuckDBInstance;

  private constructor(
    /** The library that it is of. */
    readonly duckDb: DuckDb,
    /** For statements, one at a time. */
    readonly connection: DuckDBConnection,
    instance: DuckDBInstance,
  ) {
    this.#instance = instance;
  }

  /**
   * Opens one that reaches for nothing outside: it neither installs nor loads extensions. Times are in UTC.
   * @throws DuckDbError `ERR_DUCKDB_MISSING`, or `ERR_DUCKDB` when the database cannot be opened
   */
  static async open({ path = ':memory:', memoryBytes, tempDirectory, threads }: EngineOptions): Promise<Engine> {
    const duckDb = await loadDuckDb();
    try {
      const instance = await duckDb.api.DuckDBInstance.create(path, {
        memory_limit: `${Math.floor(memoryBytes / 2 ** 20)}MiB`,
        temp_directory: tempDirectory,
        threads: String(threads),
        // What is free goes back to the system soon: by default DuckDB keeps 128 MiB of it for each thread.
        allocator_flush_threshold: '32MiB',
        autoinstall_known_extensions: 'false',
        autoload_known_extensions: 'false',
        allow_community_extensions: 'false',
        allow_persistent_secrets: 'false',
      });
      const engine = new Engine(duckDb, await instance.connect(), instance);
      // Of every connection: a literal without a zone is UTC, whatever the machine's zone.
      await engine.connection.run(`SET GLOBAL TimeZone = 'UTC'`);
      return engine;
    } catch (cause) {
      throw asDuckDbError('open database', cause);
    }
  }

  /**
   * Shuts out every file but these, and the network, for all statements and connections from now on; no statement can
   * take that back. To be called before any words of a user's get to DuckDB, which computes constants while it looks at
   * an expression.
   * @throws DuckDbError `ERR_DUCKDB`
   */
  async shutOut({ files = [], folders = [] }: Openings = {}): Promise<void> {
    if (files.length > 0) await this.run('allow files', `SET allowed_paths = ${quoteList(files)}`);
    if (folders.length > 0) await this.run('allow folders', `SET allowed_directories = ${quoteList(folders)}`);
    await this.run('shut out', 'SET enable_external_access = false');
    await this.run('lock', 'SET lock_configuration = true');
  }

  /** Another connection to the same database, for statements that run beside. */
  connect(): Promise<DuckDBConnection> {
    return this.#instance.connect();
  }

  /**
   * Runs a statement to its end.
   * @param what names it in an error's message
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
   * The rows of a query that has few.
   * @throws DuckDbError `ERR_DUCKDB`; `ERR_SQL` where an expression cannot be computed of a value, as with a cast
   */
  async rows(what: string, sql: string): Promise<readonly (readonly unknown[])[]> {
    try {
      return (await this.connection.runAndReadAll(sql)).getRows();
    } catch (cause) {
      const isOfValue = cause instanceof Error && OF_VALUES.test(cause.message);
      throw asDuckDbError(what, cause, isOfValue ? 'ERR_SQL' : 'ERR_DUCKDB');
    }
  }

  /** Ends it; connections made by {@link connect} are closed by who made them. */
  close(): void {
    this.connection.closeSync();
    this.#instance.closeSync();
  }
}

/** An error of DuckDB's with what was being done in front. One of ours stays what it is. */
export function asDuckDbError(what: string, cause: unknown, code: 'ERR_DUCKDB' | 'ERR_SQL' = 'ERR_DUCKDB'): unknown {
  if (!(cause instanceof Error) || cause instanceof DuckDbError || cause instanceof TypeError) return cause;
  // DuckDB's step before the error is of no use to who wrote the SQL.
  const reason = cause.message.replace(/^Failed to extract statements: /, '').trimEnd();
  return new DuckDbError(code, `${what}: ${reason}`, cause);
}

/** Text as SQL has it, in single quotes. */
export function quoteText(text: string): string {
  return `'${text.replaceAll(`'`, `''`)}'`;
}

/** Texts as a list of SQL's. */
export function quoteList(texts: readonly string[]): string {
  return `[${texts.map(quoteText).join(', ')}]`;
}

/** A name as SQL has it, in double quotes. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
