import { type Command, CommanderError } from 'commander';
import { EXIT_USAGE } from '../flags/exit-codes.js';
import { HELP_WIDTH } from '../flags/help.js';
import { nearest } from '../flags/nearest.js';
import type { CommandContext } from './command-context.js';

/** Hints for arguments that belong to another command or are spelled differently, by pattern of the error message. */
export type Advice = readonly (readonly [wrong: RegExp, advice: string])[];

/**
 * Parses the arguments of a command and sends its output to the given streams. Returns undefined on success; otherwise
 * the exit code, after help or an error was printed. With `describe` set, it only passes the command to that
 * function.
 */
export function parseArguments(
  command: Command,
  surroundings: Pick<CommandContext, 'args' | 'stdout' | 'stderr' | 'describe'>,
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

/** Sends a command's help and errors to the given streams, and lets it throw instead of exit. */
export function configureOutput(
  command: Command,
  { stdout, stderr }: Pick<CommandContext, 'stdout' | 'stderr'>,
  advice: Advice = [],
): Command {
  return command
    .configureHelp({ helpWidth: HELP_WIDTH, visibleArguments: () => [] })
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

/** Puts an error on one line. Commander suggests on a second line, and not at all for a value after `=`. */
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
