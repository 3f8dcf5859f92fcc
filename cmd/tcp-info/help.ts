import { Command, Option } from 'commander';
import { environmentName } from '../flags/go-args.js';
import { HELP_WIDTH } from '../flags/help.js';
import { DESCRIPTION, FLAGS, type FlagDefinition, INFORMATIONAL, OTHER } from './flags.js';
import { SUBCOMMANDS } from './subcommands.js';

/** Columns for names of commands, with the gap behind them. */
const NAME_WIDTH = Math.max(...SUBCOMMANDS.map(({ name }) => name.length)) + 2;

/** Returns the text of `--help`. */
export function helpText(): string {
  const parts: string[] = [];
  const command = new Command('tcp-info')
    .usage(
      ['[FLAGS]', ...SUBCOMMANDS.map(({ name, synopsis }) => `${name} [OPTIONS] ${synopsis}`.trimEnd())].join(
        '\n       tcp-info ',
      ),
    )
    .description(DESCRIPTION)
    .configureHelp({ helpWidth: HELP_WIDTH, sortOptions: false })
    .configureOutput({ writeOut: (text) => parts.push(text), getOutHasColors: () => false })
    .helpOption(false);
  for (const flag of FLAGS) command.addOption(option(flag));
  for (const { name, help } of INFORMATIONAL) {
    command.addOption(new Option(`--${name}`, help).helpGroup(`${OTHER}:`));
  }
  command.addHelpText(
    'after',
    [
      '',
      'Commands, instead of flags; each has its own --help:',
      ...SUBCOMMANDS.map(({ name, help }) => `  ${name.padEnd(NAME_WIDTH)}${help}`),
      '',
      'Flags take one dash or two; their value follows = or a space. A boolean flag without a value is',
      'true; write another value after =, as in -filter.kernel=false.',
      `A flag that is not given is read from the environment: ${environmentName('scan.interval')} for --scan.interval.`,
      'Signals: SIGTERM and SIGINT end the program after a last scan, with all records written; a second',
      'one, more than 2 s later, ends it at once and loses records not yet written. SIGHUP closes every',
      'archive and begins new ones.',
      'Exit codes: 0 normal end, 1 failed or forced, 2 wrong flags.',
      '',
      'Example: tcp-info -prom=7070 -output=data',
    ].join('\n'),
  );
  command.outputHelp();
  return parts.join('');
}

function option(flag: FlagDefinition): Option {
  const flags = flag.placeholder === undefined ? `--${flag.name}` : `--${flag.name} <${flag.placeholder}>`;
  const fallback = flag.boolean || flag.fallback === '' ? '' : ` (default ${flag.fallback})`;
  return new Option(flags, `${flag.help}${fallback}`).helpGroup(`${flag.group}:`);
}
