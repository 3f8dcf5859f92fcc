import type * as Api from '@duckdb/node-api';
import type * as NodeBindings from '@duckdb/node-bindings';

/** DuckDB's C interface. */
export type Bindings = (typeof NodeBindings)['default'];
/** Column of a chunk. */
export type Vector = NodeBindings.Vector;

/** Loaded DuckDB: its TypeScript library, and the bindings below it that fill vectors as bytes. */
export interface DuckDb {
  readonly api: typeof Api;
  readonly bindings: Bindings;
}

/** Thrown when DuckDB rejects a statement, fails, or is missing. */
export class DuckDbError extends Error {
  override readonly name = 'DuckDbError';

  /**
   * @param code stable and machine-readable: `ERR_DUCKDB_MISSING` if the library is not installed or cannot be loaded,
   *   `ERR_SQL` for an invalid statement or expression, `ERR_DUCKDB` for any other failure of DuckDB
   */
  constructor(
    readonly code: 'ERR_DUCKDB_MISSING' | 'ERR_SQL' | 'ERR_DUCKDB',
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

const PACKAGE = '@duckdb/node-api';
/** Version in package.json. */
const VERSION = '1.5.5-r.5';

let loaded: Promise<DuckDb> | undefined;

/**
 * Loads DuckDB, an optional dependency of 70 MB, at the first call.
 * @throws DuckDbError `ERR_DUCKDB_MISSING`
 */
export function loadDuckDb(): Promise<DuckDb> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<DuckDb> {
  try {
    const [api, bindings] = await Promise.all([import('@duckdb/node-api'), import('@duckdb/node-bindings')]);
    return { api, bindings: bindings.default };
  } catch (cause) {
    throw missing(cause);
  }
}

function missing(cause: unknown): DuckDbError {
  const isAbsent = cause instanceof Error && 'code' in cause && /MODULE_NOT_FOUND$/.test(String(cause.code));
  const reason = isAbsent
    ? 'it is not installed'
    : `it cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`;
  const advice =
    `this needs DuckDB; install it with: npm install ${PACKAGE}@${VERSION}; ` +
    'a container image has it when it is built with --build-arg WITH_QUERY=1';
  return new DuckDbError('ERR_DUCKDB_MISSING', `load ${PACKAGE}: ${reason} (${advice})`, cause);
}
