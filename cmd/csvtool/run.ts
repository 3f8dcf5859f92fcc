import type { Writable } from 'node:stream';
import { type CsvtoolChoice, CsvWriter, openCsvtoolTable } from '../../export/index.js';
import { ArchiveInputError, type ArchiveSource, fileSource, readRecords, streamSource } from '../../input/index.js';
import { packageVersion } from '../flags/version.js';
import { type Input, parseCommand, USAGE } from './flags.js';
import { OutputError, write } from './output.js';

/** Bytes that are gathered for one write: what a pipe holds. */
const WRITE_BYTES = 64 * 1024;

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
 * An archive that cannot be read to its end is a failure (1), as with the reference, which then prints nothing at all.
 * It can, because it holds every row in memory; here rows are written as they come, in memory that does not grow with
 * the archive. So all rows before the trouble have been written when the message comes, and the header with the first
 * of them: an archive whose first line is bad gives no output.
 */
export async function run({ args, stdin, stdout, stderr }: Surroundings): Promise<number> {
  // A write that fails says so to whoever asked for it; an error event that nobody hears would end the process.
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined);
  const command = parseCommand(args);
  switch (command.kind) {
    case 'help':
      stdout.write(USAGE);
      return 0;
    case 'version':
      stdout.write(`csvtool ${packageVersion()}\n`);
      return 0;
    case 'usage':
      stderr.write(`csvtool: ${command.problem}\n\n${USAGE}`);
      return command.exitCode;
    case 'convert':
      break;
  }
  try {
    await convert(open(command.from, stdin), command.table, stdout);
    return 0;
  } catch (error) {
    if (error instanceof OutputError && error.code === 'EPIPE') return 0; // whoever reads has seen enough
    if (!(error instanceof ArchiveInputError || error instanceof OutputError)) throw error;
    stderr.write(`csvtool: ${error.message}\n`);
    return 1;
  }
}

function open(input: Input, stdin: AsyncIterable<Uint8Array>): ArchiveSource {
  return input.kind === 'file' ? fileSource(input.path) : streamSource('standard input', stdin);
}

async function convert(source: ArchiveSource, choice: CsvtoolChoice, stdout: Writable): Promise<void> {
  const table = openCsvtoolTable(choice);
  const csv = new CsvWriter();
  table.writeHeader(csv);
  const header = csv.take();
  let empty = true;
  try {
    for await (const { line, record } of readRecords(source)) {
      try {
        table.writeRow(record, csv);
      } catch (error) {
        throw ArchiveInputError.from(source.path, error, line);
      }
      if (empty) {
        const first = csv.take();
        csv.raw(header);
        csv.raw(first);
      }
      empty = false;
      if (csv.length >= WRITE_BYTES) await write(stdout, csv.take());
    }
    if (empty) csv.raw(header);
  } finally {
    if (csv.length > 0) await write(stdout, csv.take());
  }
}
