import { ArchiveInputError } from '../../archive/input/index.js';
import { openCsvtoolTable } from '../../export/index.js';
import { versionLine } from '../../host/index.js';
import { messageLine } from '../../view/index.js';
import { ArchiveSession } from '../tool/archive-session.js';
import { dataWriter } from '../tool/data-writer.js';
import { OutputError } from '../tool/output.js';
import type { Terminal } from '../tool/progress.js';
import { convertAll } from './conversion.js';
import { type Conversion, parseCommand, USAGE } from './flags.js';
import { headerOf } from './table.js';

const PROGRAM = 'csvtool';
const EXIT_FAILED = 1;

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
  // A failed write reports to its caller; an unhandled error event would end the process.
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined);
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
    reading?.clear();
    if (error instanceof OutputError && error.code === 'EPIPE') return 0; // the reader, such as head, has what it needs
    if (reading?.isTold(error)) return reading.finish();
    if (!(error instanceof ArchiveInputError || error instanceof OutputError)) throw error;
    stderr.write(messageLine(PROGRAM, error.message));
    return EXIT_FAILED;
  }
  return reading.finish();
}
