import { type Command, CommanderError } from 'commander';
import type { Surroundings } from '../tcp-info/surroundings.js';

const EXIT_USAGE = 2;

/**
 * Has a command read its arguments; whatever it prints goes where it belongs. The result is undefined when they are
 * right, or else the exit code: help was printed, or what is wrong. Whoever asks for a description gets that alone.
 */
export function parseArguments(
  command: Command,
  surroundings: Pick<Surroundings, 'args' | 'stdout' | 'stderr' | 'describe'>,
): number | undefined {
  if (surroundings.describe !== undefined) {
    surroundings.describe(command);
    return 0;
  }
  try {
    configureOutput(command, surroundings).parse(surroundings.args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : EXIT_USAGE;
  }
  return undefined;
}

/** Has a command print its help and what is wrong with its arguments where they belong, and throw instead of exiting. */
export function configureOutput(
  command: Command,
  { stdout, stderr }: Pick<Surroundings, 'stdout' | 'stderr'>,
): Command {
  return command
    .configureHelp({ helpWidth: 100, visibleArguments: () => [] })
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: (text, write) =>
        write(`${command.name()}: ${text.replace(/^error: /, '').trimEnd()} (see --help)\n`),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride();
}
