import { openCsvtoolTable } from '../../export/index.js';
import { versionLine } from '../../host/index.js';
import { ArchiveInputError } from '../../input/index.js';
import { dataWriter } from '../reading/data-writer.js';
import { messageLine } from '../reading/message.js';
import { OutputError } from '../reading/output.js';
import type { Terminal } from '../reading/progress.js';
import { Reading } from '../reading/reading.js';
import { convertAll } from './conversion.js';
import { type Conversion, parseCommand, USAGE } from './flags.js';
import { headerOf } from './table.js';

const PROGRAM = 'csvtool';
const EXIT_FAILED = 1;

/** What the program is run with. */
export interface Surroundings {
  readonly args: readonly string[];
  readonly stdin: AsyncIterable<Uint8Array>;
  /** CSV goes here. */
  readonly stdout: Terminal;
  /** Everything else goes here. */
  readonly stderr: Terminal;
  /** Threads that it may use where there is much to read; 1 if not given. */
  readonly threads?: number;
}

/**
 * Runs the program and gives its exit code.
 *
 * Rows are written as they come, in memory that does not grow with the input; the header comes with the first of them,
 * so that a run which fails before there is any writes nothing, as the reference does.
 */
export async function run(surroundings: Surroundings): Promise<number> {
  const { args, stdout, stderr } = surroundings;
  // A write that fails says so to whoever asked for it; an error event that nobody hears would end the process.
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
  surroundings: Surroundings,
): Promise<number> {
  const { stdin, stdout, stderr, threads = 1 } = surroundings;
  const writeData = dataWriter(stdout);
  let reading: Reading | undefined;
  try {
    reading = await Reading.open({ program: PROGRAM, paths, maxWindowBytes, strict, stdout, stderr, stdin });
    let header: Buffer | undefined = headerOf(openCsvtoolTable(table));
    for await (const rows of convertAll({ reading, table, strict, threads })) {
      if (header !== undefined) await writeData(header);
      header = undefined;
      await writeData(rows);
    }
    if (header !== undefined) await writeData(header);
  } catch (error) {
    reading?.clear();
    if (error instanceof OutputError && error.code === 'EPIPE') return 0; // whoever reads has seen enough
    if (reading?.isTold(error)) return reading.finish();
    if (!(error instanceof ArchiveInputError || error instanceof OutputError)) throw error;
    stderr.write(messageLine(PROGRAM, error.message));
    return EXIT_FAILED;
  }
  return reading.finish();
}
