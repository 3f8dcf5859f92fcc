import { versionLine } from '../../host/index.js';
import { ConfigError } from '../flags/config-error.js';
import { EXIT_USAGE } from '../flags/exit-codes.js';
import { type GivenFlag, normalizeGoArgs } from '../flags/go-args.js';
import { nearest } from '../flags/nearest.js';
import type { EarlySignals } from '../tool/early-signals.js';
import { FLAGS } from './flags.js';
import { fail, print, runCollector } from './run-collector.js';
import { SUBCOMMANDS } from './subcommands.js';

const INFORMATIONAL = [
  { name: 'help', boolean: true },
  { name: 'h', boolean: true },
  { name: 'version', boolean: true },
] as const;

/**
 * Runs the collector with these arguments (without node and script); returns after it has started or refused to.
 * @param signals termination signals since the start of the process
 */
export async function collect(args: readonly string[], signals: EarlySignals): Promise<void> {
  let given: GivenFlag[];
  try {
    requireFlags(args);
    given = normalizeGoArgs(args, [...FLAGS, ...INFORMATIONAL]);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return fail(EXIT_USAGE, error);
  }
  if (given.some(({ name }) => name === 'help' || name === 'h')) {
    // Loaded only here: commander is as large as a tenth of all that the daemon loads.
    const { helpText } = await import('./help.js');
    return print(helpText());
  }
  if (given.some(({ name }) => name === 'version')) return print(versionLine('tcp-info'));
  await runCollector(given, signals);
}

/** Rejects a first word that is no flag: it was meant as a command. @throws ConfigError */
function requireFlags([first = '-']: readonly string[]): void {
  if (!/^[\w]/.test(first)) return;
  const names = SUBCOMMANDS.map(({ name }) => name);
  const near = nearest(first, names);
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  throw new ConfigError(first, `is not a flag and not a command (${names.join(', ')})${hint} (see --help)`);
}
