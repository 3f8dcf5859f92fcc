import type { Writable } from 'node:stream';
import { ArchiveInputError, findInputs, openFound, Problems } from '../../input/index.js';
import { packageVersion } from '../flags/version.js';
import { OutputError, write } from '../reading/output.js';
import { type Conversion, parseCommand, USAGE } from './flags.js';
import { headerOf, openTable, rowsOf } from './table.js';

const PROGRAM = 'csvtool';
const EXIT_FAILED = 1;

/** What the program is run with. */
export interface Surroundings {
  readonly args: readonly string[];
  readonly stdin: AsyncIterable<Uint8Array>;
  /** CSV goes here. */
  readonly stdout: Writable;
  /** Everything else goes here. */
  readonly stderr: Writable;
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
      stdout.write(`${PROGRAM} ${packageVersion()}\n`);
      return 0;
    case 'usage':
      stderr.write(`${PROGRAM}: ${command.problem}\n\n${USAGE}`);
      return command.exitCode;
    case 'convert':
      return await convert(command, surroundings);
  }
}

async function convert({ paths, strict, table: choice }: Conversion, surroundings: Surroundings): Promise<number> {
  const { stdin, stdout, stderr } = surroundings;
  const print = (line: string): void => void stderr.write(`${PROGRAM}: ${line}\n`);
  const problems = new Problems({ print, strict });
  const table = openTable(choice);
  try {
    const found = await findInputs(paths);
    const options = { onProblem: problems.report, onPassedOver: problems.passedOver, stdin };
    let header: Buffer | undefined = headerOf(table);
    for await (const rows of rowsOf(openFound(found, options), table, options)) {
      if (header !== undefined) await write(stdout, header);
      header = undefined;
      await write(stdout, rows);
    }
    if (header !== undefined) await write(stdout, header);
  } catch (error) {
    if (error instanceof OutputError) {
      if (error.code === 'EPIPE') return 0; // whoever reads has seen enough
      print(error.message);
      return EXIT_FAILED;
    }
    if (!(error instanceof ArchiveInputError)) throw error;
    // In a strict run it has been told of already.
    if (problems.count === 0) {
      print(error.message);
      return EXIT_FAILED;
    }
  }
  problems.finish();
  return problems.exitCode;
}
