import { signalExitCode } from '../flags/signals.js';
import type { EarlySignals } from './early-signals.js';
import { findSubcommand } from './subcommands.js';

/**
 * Runs `tcp-info` with these arguments (without node and script) and returns when the collector has been started or
 * refused, or a subcommand has come to its end.
 * @param signals those that asked for the end, from the process' first moment on
 */
export async function main(words: readonly string[], signals: EarlySignals): Promise<void> {
  // `help`, `help show`: as other programs have it.
  const args = words[0] === 'help' ? [...words.slice(1, 2), '--help'] : words;
  const subcommand = findSubcommand(args);
  if (subcommand === undefined) {
    // Only here: the collector takes several times as long to load as a tool.
    const { collect } = await import('./program.js');
    return await collect(args, signals);
  }
  const { stdout, stderr } = process;
  // Temporary files are removed as the process exits.
  const end = (signal: string): never => process.exit(signalExitCode(signal));
  signals.onEnd(end, end);
  process.exitCode = await subcommand.run({ args: args.slice(1), stdout, stderr, signals });
}
