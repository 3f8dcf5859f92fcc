import { Command, Option } from 'commander';
import { Summarizer, type Summary } from '../../../analysis/index.js';
import { ArchiveInputError } from '../../../input/index.js';
import { messageLine } from '../../reading/message.js';
import { OutputError, write } from '../../reading/output.js';
import { writeOutput } from '../../reading/output-file.js';
import { parseArguments } from '../../reading/parse.js';
import { Reading } from '../../reading/reading.js';
import { textStyle } from '../../reading/terminal.js';
import type { Surroundings } from '../surroundings.js';
import { readConnections } from './connections.js';
import { summaryHtml } from './html.js';
import { summaryText } from './text.js';

const PROGRAM = 'tcp-info summary';
const EXIT_FAILED = 1;
/** Entries of each list. */
const LISTED = 10;

const FORMATS = ['text', 'json', 'html'] as const;

const AFTER = `
PATH is an archive (.jsonl.zst, .jsonl), a tar of them (.tar, .tgz, .tar.zst), a folder with all that is below it, a
pattern, or - for standard input. Memory does not grow with the input.

Text is as wide as the terminal; where the output is none, or with NO_COLOR, it is plain ASCII. The page of
--format=html is self-contained: nothing is fetched and no script is run.

Exit codes: 0 done, 1 something could not be read or written, 2 wrong arguments, 3 something is damaged: the rest is
summed up.

Examples:
  tcp-info summary /var/spool/tcp-info
  tcp-info summary --format=html --output today.html /var/spool/tcp-info/2026/11/21`;

interface Options {
  readonly format: (typeof FORMATS)[number];
  readonly output: string;
  readonly strict: boolean;
}

/** Runs `tcp-info summary` and gives its exit code. */
export async function runSummary(surroundings: Surroundings): Promise<number> {
  const command = new Command(PROGRAM)
    .usage('[OPTIONS] PATH...')
    .description('Sums up connections: how many, with whom, how fast, what limited them, how they ended.')
    .argument('<PATH...>', 'archives, tars, folders')
    .addOption(new Option('--format <FORMAT>', 'how it is printed').choices(FORMATS).default('text'))
    .option('--output <FILE>', 'write it to a file instead of standard output', '-')
    .option('--strict', 'stop at the first damage', false)
    .addHelpText('after', AFTER);
  const exitCode = parseArguments(command, surroundings);
  if (exitCode !== undefined) return exitCode;
  const { format, output, strict } = command.opts<Options>();
  const { stdout, stderr } = surroundings;
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined);
  const summary = new Summarizer({ top: LISTED });
  let reading: Reading | undefined;
  try {
    reading = await Reading.open({ program: PROGRAM, paths: command.args, strict, stdout, stderr });
    await readConnections(reading.archives(), reading.options, (row) => summary.add(row));
    const exitCode = reading.finish();
    const text = print(summary.summary(), format, output, surroundings);
    // Text for a terminal has its own colours, and is safe otherwise.
    if (format === 'text' && output === '-') await write(stdout, Buffer.from(text));
    else await writeOutput(output, text, stdout);
    return exitCode;
  } catch (error) {
    reading?.clear();
    if (error instanceof OutputError && error.code === 'EPIPE') return 0; // whoever reads has seen enough
    if (reading?.isTold(error)) return reading.finish();
    if (!(error instanceof ArchiveInputError || error instanceof OutputError)) throw error;
    stderr.write(messageLine(PROGRAM, error.message));
    return EXIT_FAILED;
  }
}

function print(summary: Summary, format: Options['format'], output: string, { stdout }: Surroundings): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(summary)}\n`;
    case 'html':
      return summaryHtml(summary);
    case 'text':
      // A file is no terminal, even if standard output is one.
      return summaryText(summary, output === '-' ? textStyle(stdout, process.env) : PLAIN);
  }
}

const PLAIN = { width: 100, unicode: false, paint: (_: unknown, text: string): string => text };
