import { type Command, CommanderError } from 'commander';
import type { Surroundings } from '../tcp-info/surroundings.js';

const EXIT_USAGE = 2;

/**
 * Has a command read its arguments; whatever it prints goes where it belongs. The result is undefined when they are
 * right, or else the exit code: help was printed, or what is wrong.
 */
export function parseArguments(command: Command, { args, stdout, stderr }: Surroundings): number | undefined {
  command
    .configureHelp({ helpWidth: 100, visibleArguments: () => [] })
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: (text, write) => write(`${command.name()}: ${text.replace(/^error: /, '')}`),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride();
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : EXIT_USAGE;
  }
  return undefined;
}
