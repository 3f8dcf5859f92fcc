import { Command, Option } from 'commander';
import { wrapParagraphs } from '../../flags/help.js';
import type { CommandContext } from '../../tool/command-context.js';
import { livePageOption } from '../../tool/live-page.js';
import { maxWindowOption } from '../../tool/max-window.js';
import { type Advice, parseArguments } from '../../tool/parse.js';
import { addSelectionOptions, SELECTION_HELP, type SelectionFlags } from '../../tool/selection-options.js';

/** Name at the start of messages. */
export const PROGRAM = 'tcp-info summary';

const FORMATS = ['text', 'json', 'html'] as const;

const AFTER = `${SELECTION_HELP}

PATH is an archive (.jsonl.zst, .jsonl), a tar of archives (.tar, .tgz, .tar.zst), a folder with everything below it, a
pattern, or - for standard input. Memory does not grow with the input.

Text is as wide as the terminal; without a terminal, or with NO_COLOR, it is plain ASCII. The page of --format=html is
self-contained: it loads nothing and runs no script. With --live-page its UUIDs are links to a page that runs.

Slowest are connections limited by windows, pacing or loss for at least half of their time at work, that is, neither
idle nor waiting for the peer. They are sorted by acknowledged bytes per time at work. Waiting for the peer or for the
program does not make a connection slow.
"closed first" counts which end sent the first FIN: local is this end, remote the other one.

Exit codes: 0 done, 1 a read or write failed, 2 wrong arguments, 3 some input is damaged; the rest is summed up.

Examples:
  tcp-info summary /var/spool/tcp-info
  tcp-info summary --since=2h --port=443 --peer=10.0.0.0/8 /var/spool/tcp-info
  tcp-info summary --filter='dport 443 rtt > 3*minrtt -is:open' /var/spool/tcp-info
  tcp-info summary --where="how_ended = 'reset_remote'" /var/spool/tcp-info
  tcp-info summary --format=html --output today.html /var/spool/tcp-info/2026/11/21`;

const ADVICE: Advice = [
  [/^unknown option '--last\b/, 'tcp-info show --last shows the connection that began last'],
  [/^unknown option '--html\b/, '--format=html --output=FILE makes a page'],
  [/^unknown option '--json\b/, '--format=json prints JSON'],
  [/^unknown option '--svg\b/, 'tcp-info show --svg=FILE draws one connection'],
];

/** Options from the command line. */
export interface SummaryOptions extends SelectionFlags {
  readonly paths: readonly string[];
  /** Paths to read in their place: copies of what is in a store. Messages name `paths`. */
  readonly copies?: readonly string[];
  readonly format: (typeof FORMATS)[number];
  readonly output: string;
  readonly livePage?: string;
  readonly maxWindow?: number;
  readonly strict: boolean;
}

/** Parses the arguments. Returns the exit code when there is nothing more to do. */
export function parseSummary(surroundings: CommandContext): SummaryOptions | number {
  const command = addSelectionOptions(
    new Command(PROGRAM)
      .usage('[OPTIONS] PATH...')
      .description('Sums up connections: how many, with whom, how fast, what limited them, how they ended.')
      .argument('<PATH...>', 'archives, tars, folders')
      .addOption(new Option('--format <FORMAT>', 'format of the output').choices(FORMATS).default('text'))
      .option('--output <FILE>', 'write to a file instead of standard output', '-')
      .addOption(livePageOption()),
  )
    .addOption(maxWindowOption())
    .option('--strict', 'stop at the first damage', false)
    .addHelpText('after', wrapParagraphs(AFTER));
  const exitCode = parseArguments(command, surroundings, ADVICE);
  return exitCode ?? { ...command.opts<Omit<SummaryOptions, 'paths'>>(), paths: command.args };
}
