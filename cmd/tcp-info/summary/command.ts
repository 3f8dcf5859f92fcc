import { Command, Option } from 'commander';
import { Summarizer, type Summary } from '../../../analysis/index.js';
import { eachChosen, WhereError } from '../../../archive/connections/index.js';
import { ArchiveInputError } from '../../../archive/input/index.js';
import { candidates } from '../../../archive/selection/index.js';
import { packageVersion } from '../../../host/index.js';
import { messageLine, textStyle } from '../../../view/index.js';
import { commandOfWorst, summaryHtml, summaryText } from '../../../view/summary/index.js';
import { summaryAnswer } from '../../../view/verdict/index.js';
import { ArchiveSession } from '../../tool/archive-session.js';
import type { CommandContext } from '../../tool/command-context.js';
import { maxWindowOption } from '../../tool/max-window.js';
import { OutputError, write } from '../../tool/output.js';
import { writeOutput } from '../../tool/output-file.js';
import { type Advice, parseArguments } from '../../tool/parse.js';
import {
  addSelectionOptions,
  type Chosen,
  chooseConnections,
  SELECTION_HELP,
  SelectionError,
  type SelectionFlags,
} from '../../tool/selection-options.js';

const PROGRAM = 'tcp-info summary';
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** Entries per list. */
const LISTED = 10;

const FORMATS = ['text', 'json', 'html'] as const;

const AFTER = `${SELECTION_HELP}

PATH is an archive (.jsonl.zst, .jsonl), a tar of archives (.tar, .tgz, .tar.zst), a folder with everything below it, a
pattern, or - for standard input. Memory does not grow with the input.

Text is as wide as the terminal; without a terminal, or with NO_COLOR, it is plain ASCII. The page of --format=html is
self-contained: it loads nothing and runs no script.

Slowest are connections limited by windows, pacing or loss for at least half of their time at work, that is, neither
idle nor waiting for the peer. They are sorted by acknowledged bytes per time at work. Waiting for the peer or for the
program does not make a connection slow.
"closed first" counts which end sent the first FIN: local is this end, remote the other one.

Exit codes: 0 done, 1 a read or write failed, 2 wrong arguments, 3 some input is damaged; the rest is summed up.

Examples:
  tcp-info summary /var/spool/tcp-info
  tcp-info summary --since=2h --port=443 --peer=10.0.0.0/8 /var/spool/tcp-info
  tcp-info summary --where="how_ended = 'reset_remote'" /var/spool/tcp-info
  tcp-info summary --format=html --output today.html /var/spool/tcp-info/2026/11/21`;

const ADVICE: Advice = [
  [/^unknown option '--last\b/, 'tcp-info show --last shows the connection that began last'],
  [/^unknown option '--html\b/, '--format=html --output=FILE makes a page'],
  [/^unknown option '--json\b/, '--format=json prints JSON'],
  [/^unknown option '--svg\b/, 'tcp-info show --svg=FILE draws one connection'],
];

interface Options extends SelectionFlags {
  readonly format: (typeof FORMATS)[number];
  readonly output: string;
  readonly maxWindow?: number;
  readonly strict: boolean;
}

/** Runs `tcp-info summary` and returns its exit code. */
export async function runSummary(surroundings: CommandContext): Promise<number> {
  const command = addSelectionOptions(
    new Command(PROGRAM)
      .usage('[OPTIONS] PATH...')
      .description('Sums up connections: how many, with whom, how fast, what limited them, how they ended.')
      .argument('<PATH...>', 'archives, tars, folders')
      .addOption(new Option('--format <FORMAT>', 'format of the output').choices(FORMATS).default('text'))
      .option('--output <FILE>', 'write to a file instead of standard output', '-'),
  )
    .addOption(maxWindowOption())
    .option('--strict', 'stop at the first damage', false)
    .addHelpText('after', AFTER);
  const exitCode = parseArguments(command, surroundings, ADVICE);
  if (exitCode !== undefined) return exitCode;
  const options = command.opts<Options>();
  const { format, output, maxWindow, strict } = options;
  const { stdout, stderr } = surroundings;
  let chosen: Chosen;
  try {
    chosen = chooseConnections(options, Date.now());
  } catch (error) {
    if (!(error instanceof SelectionError)) throw error;
    stderr.write(messageLine(PROGRAM, error.message));
    return EXIT_USAGE;
  }
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined);
  const summary = new Summarizer({ top: LISTED });
  let reading: ArchiveSession | undefined;
  try {
    const input = { program: PROGRAM, paths: command.args, maxWindowBytes: maxWindow, strict, stdout, stderr };
    reading = await ArchiveSession.open(input, (found) => candidates(found, chosen.selection));
    await eachChosen(reading, { ...chosen, strict }, (row) => summary.add(row));
    const exitCode = reading.finish();
    const result = summary.summary();
    // An empty report would suggest that no connection existed.
    if (result.connections === 0 && exitCode !== 0) return exitCode;
    const text = print(result, options, { paths: command.args, chosen }, surroundings);
    // Text for a terminal has its own colours, and its data is safe already.
    if (format === 'text' && output === '-') await write(stdout, Buffer.from(text));
    else await writeOutput(output, text, stdout);
    return exitCode;
  } catch (error) {
    reading?.clear();
    if (error instanceof OutputError && error.code === 'EPIPE') return 0; // the reader, such as head, has what it needs
    if (reading?.isTold(error)) return reading.finish();
    if (error instanceof WhereError) {
      stderr.write(messageLine(PROGRAM, error.message));
      return error.isWrong ? EXIT_USAGE : EXIT_FAILED;
    }
    if (!(error instanceof ArchiveInputError || error instanceof OutputError)) throw error;
    stderr.write(messageLine(PROGRAM, error.message));
    return EXIT_FAILED;
  }
}

interface Context {
  readonly paths: readonly string[];
  readonly chosen: Chosen;
}

function print(
  summary: Summary,
  { format, output }: Options,
  { paths, chosen: { zone } }: Context,
  { stdout }: CommandContext,
): string {
  const answer = summaryAnswer(summary, paths);
  switch (format) {
    case 'json':
      return `${JSON.stringify({ ...answer, ...summary })}\n`;
    case 'html':
      return summaryHtml(summary, answer, { version: packageVersion(), zone });
    case 'text':
      // A file is no terminal, even if standard output is one.
      return summaryText(summary, answer, output === '-' ? textStyle(stdout, process.env) : PLAIN, {
        zone,
        showCommand: commandOfWorst(summary, paths),
      });
  }
}

const PLAIN = { width: 100, unicode: false, paint: (_: unknown, text: string): string => text };
