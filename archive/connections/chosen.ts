import type { ConnectionRow } from '../../analysis/index.js';
import { withTemporaryPath } from '../../host/index.js';
import type { SharedArchives } from '../index.js';
import type { Selection } from '../selection/index.js';
import { eachConnection } from './rows.js';

/** Options of {@link eachChosen}. */
export interface ChosenOptions {
  readonly selection: Selection;
  /** Check of complete connections. */
  readonly filter?: ((row: ConnectionRow) => boolean) | undefined;
  /** SQL expression over columns of connections. */
  readonly where: string | undefined;
  readonly strict: boolean;
  readonly threads?: number;
  /** As `ConnectionRowsOptions.latest`; no effect with `filter` and `where`, which judge complete connections. */
  readonly latest?: boolean;
}

/** Thrown for an SQL expression that is wrong or cannot be evaluated. */
export class WhereError extends Error {
  override readonly name = 'WhereError';

  /** @param isWrong true for an error in the expression; false when DuckDB is missing or failed */
  constructor(
    message: string,
    readonly isWrong: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Reads the connections that a command line selects, in the order of the paths. Loads DuckDB only for `where`.
 * @throws StrictError at the first problem of a strict run; WhereError
 */
export async function eachChosen(
  reading: SharedArchives,
  { filter = acceptAll, where, latest = false, ...options }: ChosenOptions,
  onConnection: (row: ConnectionRow) => void,
): Promise<void> {
  if (where === undefined) {
    await eachConnection(reading, { ...options, latest: latest && filter === acceptAll }, (row) => {
      if (filter(row)) onConnection(row);
      return undefined;
    });
    return;
  }
  const { BatchFilter, CONNECTION_COLUMNS, DuckDbError } = await import('../../export/index.js');
  try {
    await withTemporaryPath(async (tempDirectory) => {
      const batches = await BatchFilter.open({ where, columns: CONNECTION_COLUMNS, tempDirectory, emit: onConnection });
      try {
        await eachConnection(reading, options, (row) => {
          if (!filter(row)) return undefined;
          batches.add(row);
          return batches.isFull ? batches.flush() : undefined;
        });
        await batches.flush();
      } finally {
        batches.close();
      }
    });
  } catch (error) {
    if (!(error instanceof DuckDbError)) throw error;
    throw new WhereError(error.message, error.code === 'ERR_SQL', { cause: error });
  }
}

function acceptAll(): boolean {
  return true;
}
