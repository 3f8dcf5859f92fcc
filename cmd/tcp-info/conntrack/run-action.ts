import { ConntrackError } from '../../../conntrack/socket/index.js';
import { NamespaceError } from '../../../host/namespaces/index.js';
import { AddonError } from '../../../native/index.js';
import { messageLine, oneLine } from '../../../words/index.js';
import { EXIT_FAILED, EXIT_INCOMPLETE, EXIT_OK, EXIT_USAGE } from '../../flags/exit-codes.js';
import type { CommandContext } from '../../tool/command-context.js';
import { ignoreErrorEvents } from '../../tool/error-events.js';
import { hasReaderGone, OutputError } from '../../tool/output.js';

/** Arguments that make no sense together, or a value that is wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Prints a message on standard error. */
export type Say = (text: string) => void;

/**
 * Runs an action, reports its error and returns the exit code.
 * @throws every error that is a defect
 */
export async function runAction(
  program: string,
  { stdout, stderr }: CommandContext,
  act: (say: Say) => Promise<number>,
): Promise<number> {
  ignoreErrorEvents(stdout, stderr);
  const say: Say = (text) => void stderr.write(messageLine(program, oneLine(text)));
  try {
    return await act(say);
  } catch (error) {
    if (hasReaderGone(error)) return EXIT_OK;
    // By its name: its class is loaded only with expressions.
    if (error instanceof Error && error.name === 'FilterError') {
      stderr.write(messageLine(program, error.message));
      return EXIT_USAGE;
    }
    if (error instanceof UsageError) {
      say(`${error.message} (see --help)`);
      return EXIT_USAGE;
    }
    if (!(error instanceof Error) || !isExpected(error)) throw error;
    say(error.message);
    return error instanceof ConntrackError && error.code === 'ERR_INTERRUPTED' ? EXIT_INCOMPLETE : EXIT_FAILED;
  }
}

/** True for errors whose message is complete for a user. */
function isExpected(error: Error): boolean {
  // By its name: its class comes with all of `host/`, which a list of flows does not need.
  return error.name === 'BootPrefixError' || EXPECTED.some((kind) => error instanceof kind);
}

const EXPECTED = [ConntrackError, NamespaceError, AddonError, OutputError];
