import { Summarizer, type Summary } from '../../../analysis/index.js';
import { candidates, eachChosen, WhereError } from '../../../archive/connections/index.js';
import { packageVersion } from '../../../host/index.js';
import { messageLine, textStyle, type Zone } from '../../../view/index.js';
import { commandOfWorst, summaryHtml, summaryText } from '../../../view/summary/index.js';
import { summaryAnswer } from '../../../view/verdict/index.js';
import { EXIT_USAGE } from '../../flags/exit-codes.js';
import { ArchiveSession } from '../../tool/archive-session.js';
import type { CommandContext } from '../../tool/command-context.js';
import { ignoreErrorEvents } from '../../tool/error-events.js';
import { endFailedRun } from '../../tool/failure.js';
import { compileFilter, FilterError } from '../../tool/filter-option.js';
import { write } from '../../tool/output.js';
import { writeOutput } from '../../tool/output-file.js';
import { type Chosen, chooseConnections, SelectionError, whereExitCode } from '../../tool/selection-options.js';
import { PROGRAM, type SummaryOptions } from './options.js';

/** Entries per list. */
const LISTED = 10;

/** Reads the connections, prints their summary and returns the exit code. */
export async function summarizeArchives(options: SummaryOptions, surroundings: CommandContext): Promise<number> {
  const { paths, copies = paths, format, output, maxWindow, strict } = options;
  const { stdout, stderr } = surroundings;
  const say = (text: string): void => void stderr.write(messageLine(PROGRAM, text));
  if (options.livePage !== undefined && format !== 'html') {
    say('--live-page is only for --format=html');
    return EXIT_USAGE;
  }
  let chosen: Chosen;
  let filter: ReturnType<typeof compileFilter>;
  try {
    chosen = chooseConnections(options, Date.now());
    filter = compileFilter(options.filter);
  } catch (error) {
    if (!(error instanceof SelectionError || error instanceof FilterError)) throw error;
    say(error.message);
    return EXIT_USAGE;
  }
  ignoreErrorEvents(stdout, stderr);
  const summary = new Summarizer({ top: LISTED });
  let recorded = 0;
  let reading: ArchiveSession | undefined;
  try {
    const input = { program: PROGRAM, paths: copies, maxWindowBytes: maxWindow, strict, stdout, stderr };
    reading = await ArchiveSession.open(input, (found) => candidates(found, chosen.selection));
    await eachChosen(reading, { ...chosen, filter, strict }, (row) => {
      if (row.recording !== undefined) recorded++;
      summary.add(row);
    });
    const exitCode = reading.finish();
    const result = summary.summary();
    // An empty report would suggest that no connection existed.
    if (result.connections === 0 && exitCode !== 0) return exitCode;
    if (recorded > 0 && recorded < result.connections) {
      say(
        `${recorded} of ${result.connections} connections are from recordings of the flight recorder: what is in other ` +
          'archives, too, counts twice',
      );
    }
    const text = print(result, options, chosen.zone, surroundings);
    // Text for a terminal has its own colours, and its data is safe already.
    if (format === 'text' && output === '-') await write(stdout, Buffer.from(text));
    else await writeOutput(output, text, stdout);
    return exitCode;
  } catch (error) {
    if (!(error instanceof WhereError)) return endFailedRun(error, reading, say);
    reading?.clear();
    say(error.message);
    return whereExitCode(error);
  }
}

function print(
  summary: Summary,
  { paths, format, output, livePage }: SummaryOptions,
  zone: Zone,
  { stdout }: CommandContext,
): string {
  const answer = summaryAnswer(summary, paths);
  switch (format) {
    case 'json':
      return `${JSON.stringify({ ...answer, ...summary })}\n`;
    case 'html':
      return summaryHtml(summary, answer, { version: packageVersion(), zone, livePage });
    case 'text':
      // A file is no terminal, even if standard output is one.
      return summaryText(summary, answer, output === '-' ? textStyle(stdout, process.env) : PLAIN, {
        zone,
        showCommand: commandOfWorst(summary, paths),
      });
  }
}

const PLAIN = { width: 100, unicode: false, paint: (_: unknown, text: string): string => text };
