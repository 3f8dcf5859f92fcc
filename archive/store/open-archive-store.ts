import type { ConnectionRow } from '../../analysis/index.js';
import { eachChosen } from '../connections/index.js';
import type { SharedArchives } from '../index.js';
import { findInputs, openFound, Problems } from '../input/index.js';
import { EVERYTHING, type Selection } from '../selection/index.js';
import { ArchiveStore } from './archive-store.js';

/** Most connections of a store over archives. */
export const MAX_ARCHIVE_ROWS = 200_000;

/** Options of {@link openArchiveStore}. */
export interface ArchiveStoreOptions {
  /** Connections by time, ports and addresses; all by default. */
  readonly selection?: Selection;
  /** Check of complete connections; all are taken by default. */
  readonly filter?: ((row: ConnectionRow) => boolean) | undefined;
  /** SQL expression over columns of connections, which needs DuckDB. */
  readonly where?: string | undefined;
  /** True to stop at the first problem. */
  readonly strict?: boolean;
  /**
   * Takes a line about damage, if paths are given; without it reading stops at the first problem. Archives that the
   * caller has found report to their own `problems`.
   */
  readonly onProblem?: (line: string) => void;
  /** Takes the exit code of a program that read these paths: 0, 1 if a file was not readable, 3 if one is damaged. */
  readonly onExitCode?: (exitCode: number) => void;
  /** Most connections; {@link MAX_ARCHIVE_ROWS} by default. */
  readonly maxRows?: number;
  /** Number of threads that read; as many as there are cores by default, 8 at most. */
  readonly threads?: number;
}

/**
 * Reads the connections of archives into a store.
 * @param input paths, or archives that the caller has found, with their progress and problems
 * @throws ArchiveStoreError `ERR_TOO_MANY`; ArchiveInputError for a path that is missing; StrictError; WhereError
 */
export async function openArchiveStore(
  input: readonly string[] | SharedArchives,
  options: ArchiveStoreOptions = {},
): Promise<ArchiveStore> {
  if (!isPaths(input)) return await readStore(input, options);
  const { onProblem, strict = onProblem === undefined } = options;
  const found = await findInputs(input);
  const problems = new Problems({ strict, ...(onProblem === undefined ? {} : { print: onProblem }) });
  const reading = {
    found,
    problems,
    options: { onProblem: problems.report, onPassedOver: problems.passedOver },
    archives: () => openFound(found, reading.options),
    // The caller shows no progress.
    read: () => undefined,
    done: () => undefined,
  };
  const store = await readStore(reading, { ...options, strict });
  problems.finish();
  options.onExitCode?.(problems.exitCode);
  return store;
}

async function readStore(
  reading: SharedArchives,
  { selection = EVERYTHING, filter, where, strict = false, maxRows = MAX_ARCHIVE_ROWS, threads }: ArchiveStoreOptions,
): Promise<ArchiveStore> {
  const store = new ArchiveStore(reading, maxRows);
  const options = { selection, filter, where, strict, ...(threads === undefined ? {} : { threads }) };
  await eachChosen(reading, options, (row) => store.add(row));
  store.finish();
  return store;
}

function isPaths(input: readonly string[] | SharedArchives): input is readonly string[] {
  return Array.isArray(input);
}
