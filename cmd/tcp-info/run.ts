import { signalExitCode } from '../flags/signals.js';
import type { EarlySignals } from '../tool/early-signals.js';
import { findSubcommand } from './subcommands.js';

/**
 * Runs `tcp-info` with these arguments (without node and script); returns after the collector has started or refused
 * to, or after a subcommand has ended.
 * @param signals termination signals since the start of the process
 */
export async function main(words: readonly string[], signals: EarlySignals): Promise<void> {
  // `help` and `help show` work as in other programs.
  const args = words[0] === 'help' ? [...words.slice(1, 2), '--help'] : words;
  const subcommand = findSubcommand(args);
  if (subcommand === undefined) {
    const text = await information(args);
    if (text !== undefined) return void process.stdout.write(text);
    // Loaded only here: the collector takes several times as long to load as a tool.
    const { collect } = await import('./program.js');
    return await collect(args, signals);
  }
  const { stdout, stderr } = process;
  // Temporary files are removed when the process exits.
  const end = (signal: string): never => process.exit(signalExitCode(signal));
  signals.onShutdown(end, end);
  process.exitCode = await subcommand.run({ args: args.slice(1), stdout, stderr, signals });
}

/** Returns the text that is all that is asked for. The collector, which knows these flags, too, is not loaded for it. */
async function information([flag = '', ...others]: readonly string[]): Promise<string | undefined> {
  if (others.length > 0) return undefined;
  if (/^--?version$/.test(flag)) return (await import('../../host/index.js')).versionLine('tcp-info');
  if (/^--?(help|h)$/.test(flag)) return (await import('./help.js')).helpText();
  return undefined;
}
