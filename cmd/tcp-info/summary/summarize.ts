import { Summarizer, type Summary } from '../../../analysis/index.js';
import { candidates, eachChosen, WhereError } from '../../../archive/connections/index.js';
import { ArchiveInputError } from '../../../archive/input/index.js';
import { packageVersion } from '../../../host/index.js';
import { messageLine, textStyle, type Zone } from '../../../view/index.js';
import { commandOfWorst, summaryHtml, summaryText } from '../../../view/summary/index.js';
import { summaryAnswer } from '../../../view/verdict/index.js';
import { ArchiveSession } from '../../tool/archive-session.js';
import type { CommandContext } from '../../tool/command-context.js';
import { OutputError, write } from '../../tool/output.js';
import { writeOutput } from '../../tool/output-file.js';
import { type Chosen, chooseConnections, SelectionError } from '../../tool/selection-options.js';
import { PROGRAM, type SummaryOptions } from './options.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** Entries per list. */
const LISTED = 10;

/** Reads the connections, prints their summary and returns the exit code. */
export async function summarizeArchives(options: SummaryOptions, surroundings: CommandContext): Promise<number> {
  const { paths, format, output, maxWindow, strict } = options;
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
    const input = { program: PROGRAM, paths, maxWindowBytes: maxWindow, strict, stdout, stderr };
    reading = await ArchiveSession.open(input, (found) => candidates(found, chosen.selection));
    await eachChosen(reading, { ...chosen, strict }, (row) => summary.add(row));
    const exitCode = reading.finish();
    const result = summary.summary();
    // An empty report would suggest that no connection existed.
    if (result.connections === 0 && exitCode !== 0) return exitCode;
    const text = print(result, options, chosen.zone, surroundings);
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

function print(
  summary: Summary,
  { paths, format, output }: SummaryOptions,
  zone: Zone,
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
