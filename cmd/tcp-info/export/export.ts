import { availableParallelism } from 'node:os';
import { readOnThreads, threadsPay } from '../../../archive/index.js';
import { DERIVED_COLUMNS, DuckDbError } from '../../../export/index.js';
import { packageVersion } from '../../../host/index.js';
import { messageLine } from '../../../view/index.js';
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE } from '../../flags/exit-codes.js';
import { ArchiveSession } from '../../tool/archive-session.js';
import type { CommandContext } from '../../tool/command-context.js';
import { endFailedRun } from '../../tool/failure.js';
import { hasReaderGone } from '../../tool/output.js';
import { type Output, openOutput } from '../../tool/output-file.js';
import { convertArchives } from './convert.js';
import { type ExportOptions, PROGRAM } from './options.js';
import { runParquetExport } from './parquet.js';
import type { ExportWorkerOptions } from './worker.js';

/** Most threads: with more, the one thread that writes is the limit. */
const MOST_THREADS = Math.min(availableParallelism(), 8);

/**
 * Converts the archives, writes the result and returns the exit code.
 * @param threads most threads to use when there is much to read
 */
export async function exportArchives(
  options: ExportOptions,
  surroundings: CommandContext,
  threads = MOST_THREADS,
): Promise<number> {
  const { stdout, stderr } = surroundings;
  if (options.format.open === undefined) return runParquetExport(options, surroundings);
  let reading: ArchiveSession | undefined;
  let output: Output | undefined;
  const say = (line: string): void => {
    if (reading !== undefined) reading.print(line);
    else stderr.write(messageLine(PROGRAM, line));
  };
  try {
    reading = await ArchiveSession.open({ program: PROGRAM, ...options, stdout, stderr });
    output = await openOutput(options.output, stdout);
    await convert(options, output, reading, threads);
    await output.finish();
  } catch (error) {
    output?.abandon();
    reading?.clear();
    if (hasReaderGone(error)) return reading?.problems.exitCode ?? EXIT_OK;
    if (error instanceof DuckDbError) {
      say(`${error.message}${derivedHint(options)}`);
      return error.code === 'ERR_SQL' ? EXIT_USAGE : EXIT_FAILED;
    }
    return endFailedRun(error, reading, say);
  }
  return reading.finish();
}

/** Converts everything to bytes, on several threads if that is faster. */
async function convert(options: ExportOptions, output: Output, reading: ArchiveSession, most: number): Promise<void> {
  const { format, columns, where } = options;
  const context = { version: packageVersion(), now: new Date().toISOString() };
  // With `where`, one DuckDB engine filters all rows.
  const threads = where === undefined ? most : 1;
  if (!(await threadsPay(reading.found, threads))) {
    await convertArchives({ ...options, ...context, header: true }, reading, (bytes) => output.write(bytes));
    return;
  }
  const header = format.open?.({ columns, header: true, ...context }).out.take();
  if (header !== undefined && header.length > 0) await output.write(header);
  const { sinceUs, untilUs, everyUs, derive, strict } = options;
  const names = columns.map(({ name }) => name);
  const chosen = { format: format.name, columns: names, sinceUs, untilUs, everyUs, derive, strict };
  const workerData: ExportWorkerOptions = { ...chosen, ...context };
  const worker = new URL('./worker.js', import.meta.url);
  for await (const bytes of readOnThreads(reading, { worker, threads, workerData })) await output.write(bytes);
}

/** Returns a hint when the expression names a column that needs --derive. */
function derivedHint({ where = '', derive }: ExportOptions): string {
  const asked = derive ? undefined : DERIVED_COLUMNS.find(({ name }) => new RegExp(`\\b${name}\\b`, 'i').test(where));
  return asked === undefined ? '' : `\ncolumn ${asked.name} needs --derive`;
}
