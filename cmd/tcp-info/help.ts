import { Command, Option } from 'commander';
import { environmentName } from '../flags/go-args.js';
import { DESCRIPTION, FLAGS, type FlagDefinition, INFORMATIONAL, OTHER } from './flags.js';
import { SUBCOMMANDS } from './subcommands.js';

/** Columns that help text is wrapped to. */
const WIDTH = 100;
/** Columns of the commands' names, and what keeps them off what they do. */
const NAME_WIDTH = Math.max(...SUBCOMMANDS.map(({ name }) => name.length)) + 2;

/** The text of `--help`. */
export function helpText(): string {
  const parts: string[] = [];
  const command = new Command('tcp-info')
    .usage(
      ['[FLAGS]', ...SUBCOMMANDS.map(({ name, synopsis }) => `${name} [OPTIONS] ${synopsis}`.trimEnd())].join(
        '\n       tcp-info ',
      ),
    )
    .description(DESCRIPTION)
    .configureHelp({ helpWidth: WIDTH, sortOptions: false })
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
      'Flags take one dash or two, and their value behind = or a space. A boolean is true when it is',
      'given; another value goes behind =, as in -filter.kernel=false.',
      `A flag that is not given is taken from the environment: ${environmentName('scan.interval')} for --scan.interval.`,
      'Signals: SIGTERM and SIGINT end the program in order; a second one, more than 2 s later, ends it at',
      'once, and what is not yet written is lost. SIGHUP ends every archive and begins new ones.',
      'Exit codes: 0 ended in order, 1 failed or forced, 2 wrong flags.',
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
