import { type Command, CommanderError } from 'commander';
import { nearest } from '../flags/nearest.js';
import type { Surroundings } from '../tcp-info/surroundings.js';

const EXIT_USAGE = 2;

/** Advice about arguments that another command takes, or that are written in another way: by what is wrong with them. */
export type Advice = readonly (readonly [wrong: RegExp, advice: string])[];

/**
 * Has a command read its arguments; whatever it prints goes where it belongs. The result is undefined when they are
 * right, or else the exit code: help was printed, or what is wrong. Whoever asks for a description gets that alone.
 */
export function parseArguments(
  command: Command,
  surroundings: Pick<Surroundings, 'args' | 'stdout' | 'stderr' | 'describe'>,
  advice: Advice = [],
): number | undefined {
  if (surroundings.describe !== undefined) {
    surroundings.describe(command);
    return 0;
  }
  try {
    configureOutput(command, surroundings, advice).parse(surroundings.args, { from: 'user' });
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
  advice: Advice = [],
): Command {
  return command
    .configureHelp({ helpWidth: 100, visibleArguments: () => [] })
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: (text, write) =>
        write(
          `${command.name()}: ${withSuggestion(text.replace(/^error: /, '').trimEnd(), command, advice)} (see --help)\n`,
        ),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride();
}

/** What is wrong in one line. Commander suggests on a line of its own, and nothing where a value is behind a `=`. */
function withSuggestion(text: string, command: Command, advice: Advice): string {
  const [, known] = advice.find(([wrong]) => wrong.test(text)) ?? [];
  if (known !== undefined) return `${text.replace(/\n.*$/s, '').replace(/\.$/, '')}: ${known}`;
  const inLine = text.replace(/\n\(Did you mean (.*)\?\)$/s, '; did you mean $1?');
  const [, name] = /^unknown option '--([^=']+)=/.exec(text) ?? [];
  if (name === undefined || inLine !== text) return inLine;
  const near = nearest(
    name,
    command.options.flatMap(({ long }) => (long == null ? [] : [long.slice(2)])),
  );
  return near === undefined ? text : `${text}; did you mean --${near}?`;
}
