import { Command, InvalidArgumentError, Option } from 'commander';
import { wrapParagraphs } from '../../flags/help.js';
import type { CommandContext } from '../../tool/command-context.js';
import { livePageOption } from '../../tool/live-page.js';
import { maxWindowOption } from '../../tool/max-window.js';
import { type Advice, parseArguments } from '../../tool/parse.js';
import { addSelectionOptions, SELECTION_HELP, type SelectionFlags } from '../../tool/selection-options.js';

/** Name at the start of messages. */
export const PROGRAM = 'tcp-info show';

const AFTER = `
FILE is an archive (.jsonl.zst, .jsonl); the other archives of its connection in the same folder are read, too. - is
standard input. UUID is a connection's UUID or the end of it. ENDS is one endpoint, local or remote, or both:

  :9001  10.0.0.2  10.0.0.2:9001  '[2001:db8::1]:443'  10.0.0.1:50000-10.0.0.2:443

Quotes protect brackets from a shell, and the > of '10.0.0.1:50000 -> 10.0.0.2:443', which is accepted as well.

The search covers PATHs and all folders below them, by default the current folder. If several connections match, they
are listed, with exit code 2; --last takes the one that began last. With --last or options that select, no UUID or ENDS
is needed.
${SELECTION_HELP}

Each row of the timeline covers the time since the row before. Rows mark every change of the state, the start of losses
and every change of the limit, as far as they fit; regular rows fill the gaps.

With --html or --svg only the picture is made. It is self-contained: it loads nothing and runs no script. With
--live-page its UUID is a link to a page that runs.

Exit codes: 0 shown, 1 nothing found, or something could not be read or written, 2 wrong arguments or several matches,
3 something is damaged: the rest is shown.

Examples:
  tcp-info show 00000000000A77F3 /var/spool/tcp-info
  tcp-info show 10.0.0.2:443 --since=2h /var/spool/tcp-info
  tcp-info show --last --port=443 /var/spool/tcp-info
  tcp-info show --last --filter='is:lossy rtt > 100ms' /var/spool/tcp-info
  tcp-info show --html connection.html 2026/11/21/host_1700000000_00000000000A77F3.00000.jsonl.zst`;

const ADVICE: Advice = [
  [/^option '--format.* argument 'html'/, '--html=FILE draws a page'],
  [/^option '--format.* argument 'svg'/, '--svg=FILE draws a picture'],
  [/^unknown option '--json\b/, '--format=json prints JSON'],
];

/** Options from the command line. */
export interface ShowOptions extends SelectionFlags {
  /** FILE, UUID or ENDS, and the paths to search. */
  readonly args: readonly string[];
  /** Paths to read in their place: copies of what is in a store. Messages name `args`. */
  readonly copies?: readonly string[];
  readonly format: 'text' | 'json';
  readonly html?: string;
  readonly svg?: string;
  readonly livePage?: string;
  readonly rows?: number;
  readonly last: boolean;
  readonly maxWindow?: number;
  readonly strict: boolean;
}

/** Parses the arguments. Returns the exit code when there is nothing more to do. */
export function parseShow(surroundings: CommandContext): ShowOptions | number {
  const command = addSelectionOptions(
    new Command(PROGRAM)
      .usage('[OPTIONS] FILE|UUID|ENDS [PATH...]')
      .description('Shows one connection over time.')
      .argument('[FILE|UUID|ENDS]', 'an archive, the end of a UUID, or an endpoint of the connection such as :443')
      .argument('[PATH...]', 'where to search for it')
      .addOption(new Option('--format <FORMAT>', 'text or json').choices(['text', 'json']).default('text'))
      .option('--html <FILE>', 'draw a page for a browser; - is standard output')
      .option('--svg <FILE>', 'draw a picture; - is standard output')
      .addOption(livePageOption())
      .option('--rows <N>', 'rows of the timeline (default: what fits the terminal)', count)
      .option('--last', 'of several matches, take the connection that began last', false),
  )
    .addOption(maxWindowOption())
    .option('--strict', 'stop at the first damage', false)
    .addHelpText('after', wrapParagraphs(AFTER));
  const exitCode = parseArguments(command, surroundings, ADVICE);
  return exitCode ?? { ...command.opts<Omit<ShowOptions, 'args'>>(), args: command.args };
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 2 || value > 10_000) {
    throw new InvalidArgumentError('expected a whole number from 2 to 10000');
  }
  return value;
}
