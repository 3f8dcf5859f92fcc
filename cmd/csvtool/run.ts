import { openCsvtoolTable } from '../../export/index.js';
import { versionLine } from '../../host/index.js';
import { messageLine } from '../../view/index.js';
import { ArchiveSession } from '../tool/archive-session.js';
import { dataWriter } from '../tool/data-writer.js';
import { ignoreErrorEvents } from '../tool/error-events.js';
import { endFailedRun } from '../tool/failure.js';
import type { Terminal } from '../tool/progress.js';
import { convertAll } from './conversion.js';
import { type Conversion, parseCommand, USAGE } from './flags.js';
import { headerOf } from './table.js';

const PROGRAM = 'csvtool';

/** Arguments and streams of the program. */
export interface CsvtoolContext {
  readonly args: readonly string[];
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Stream for CSV. */
  readonly stdout: Terminal;
  /** Stream for everything else. */
  readonly stderr: Terminal;
  /** Most threads to use when there is much to read; 1 by default. */
  readonly threads?: number;
}

/**
 * Runs the program and returns its exit code.
 *
 * Rows are written as they come, in constant memory. The header comes with the first row, so that a run which fails
 * before any row writes nothing, like the reference.
 */
export async function run(surroundings: CsvtoolContext): Promise<number> {
  const { args, stdout, stderr } = surroundings;
  ignoreErrorEvents(stdout, stderr);
  const command = parseCommand(args);
  switch (command.kind) {
    case 'help':
      stdout.write(USAGE);
      return 0;
    case 'version':
      stdout.write(versionLine(PROGRAM));
      return 0;
    case 'usage':
      stderr.write(messageLine(PROGRAM, command.problem));
      return command.exitCode;
    case 'convert':
      return await convert(command, surroundings);
  }
}

async function convert(
  { paths, maxWindowBytes, strict, table }: Conversion,
  surroundings: CsvtoolContext,
): Promise<number> {
  const { stdin, stdout, stderr, threads = 1 } = surroundings;
  const writeData = dataWriter(stdout);
  let reading: ArchiveSession | undefined;
  try {
    reading = await ArchiveSession.open({ program: PROGRAM, paths, maxWindowBytes, strict, stdout, stderr, stdin });
    let header: Buffer | undefined = headerOf(openCsvtoolTable(table));
    for await (const rows of convertAll({ reading, table, strict, threads })) {
      if (header !== undefined) await writeData(header);
      header = undefined;
      await writeData(rows);
    }
    if (header !== undefined) await writeData(header);
  } catch (error) {
    return endFailedRun(error, reading, (text) => void stderr.write(messageLine(PROGRAM, text)));
  }
  return reading.finish();
}
