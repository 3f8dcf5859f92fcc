import { ArchiveInputError } from '../../archive/input/index.js';
import { EXIT_FAILED, EXIT_OK } from '../flags/exit-codes.js';
import type { ArchiveSession } from './archive-session.js';
import { hasReaderGone, OutputError } from './output.js';

/**
 * Ends a run that an error broke off: clears the progress, and reports what was not reported yet.
 * @param reading undefined if the error came before archives were found
 * @returns the exit code; 0 when the reader of the output has gone
 * @throws every error that is neither about archives nor about output
 */
export function endFailedRun(
  error: unknown,
  reading: ArchiveSession | undefined,
  say: (message: string) => void,
): number {
  reading?.clear();
  if (hasReaderGone(error)) return EXIT_OK;
  if (reading?.isTold(error)) return reading.finish();
  if (!(error instanceof ArchiveInputError || error instanceof OutputError)) throw error;
  say(error.message);
  return EXIT_FAILED;
}
