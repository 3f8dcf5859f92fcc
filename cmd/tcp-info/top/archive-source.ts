import { ArchiveInputError } from '../../../archive/input/index.js';
import { ArchiveStoreError, openArchiveStore } from '../../../archive/store/index.js';
import { SourceError, type TopSource } from '../../../view/top/index.js';
import { AnsweringSource } from './answering-source.js';
import { statusOf } from './own-status.js';

/** Options of {@link openArchiveSource}. */
export interface ArchiveSourceOptions {
  /** Takes a line about damage in an archive. */
  readonly onProblem: (line: string) => void;
  /** Takes the exit code that the archives lead to: not 0 if some could not be read to their ends. */
  readonly onExitCode: (exitCode: number) => void;
}

/**
 * Opens a source over archives.
 * @throws SourceError if they cannot be read, or hold too many connections
 */
export async function openArchiveSource(paths: readonly string[], options: ArchiveSourceOptions): Promise<TopSource> {
  try {
    const store = await openArchiveStore(paths, options);
    return new AnsweringSource({
      mode: 'archive',
      place: paths.length === 1 ? (paths[0] ?? '') : `${paths.length} paths`,
      store,
      status: () => statusOf(store, { loopback: false, beatUs: null, startedMs: 0 }),
      close: async () => undefined,
    });
  } catch (error) {
    if (error instanceof ArchiveStoreError || error instanceof ArchiveInputError)
      throw new SourceError(error.message, false);
    throw error;
  }
}
