import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { analysisDeriver, type Column, DuckDbError, RowFilter, type SnapshotRow } from '../../../export/index.js';
import { ArchiveInputError } from '../../../input/index.js';
import { packageVersion } from '../../flags/version.js';
import { messageLine } from '../../reading/message.js';
import { OutputError } from '../../reading/output.js';
import { type Output, openOutput } from '../../reading/output-file.js';
import { Reading } from '../../reading/reading.js';
import { readArchiveRows } from '../archive-rows.js';
import type { Surroundings } from '../surroundings.js';
import { type ExportOptions, PROGRAM, parseOptions } from './options.js';
import { runParquetExport } from './parquet.js';

const EXIT_OK = 0;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** Bytes that are gathered for one write: what a pipe holds. */
const WRITE_BYTES = 64 * 1024;

/** Runs `tcp-info export` and gives its exit code. */
export async function runExport(surroundings: Surroundings): Promise<number> {
  const { stdout, stderr, signals } = surroundings;
  // A write that fails says so to whoever asked for it; an error event that nobody hears would end the process.
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined);
  const parsed = parseOptions(surroundings);
  if (parsed.kind === 'done') return parsed.exitCode;
  if (parsed.kind === 'print') {
    stdout.write(parsed.text);
    return EXIT_OK;
  }
  const { options } = parsed;
  if (options.format.open === undefined) return runParquetExport(options, surroundings);
  let reading: Reading | undefined;
  let output: Output | undefined;
  const say = (line: string): void => {
    if (reading !== undefined) reading.print(line);
    else stderr.write(messageLine(PROGRAM, line));
  };
  try {
    reading = await Reading.open({ program: PROGRAM, paths: options.paths, strict: options.strict, stdout, stderr });
    output = await openOutput(options.output, stdout);
    const { abandon } = output;
    const end = (): never => {
      abandon.call(output);
      process.exit(EXIT_FAILED);
    };
    signals.onEnd(end, end);
    await convert(options, output, reading);
    await output.finish();
  } catch (error) {
    output?.abandon();
    reading?.clear();
    if (error instanceof OutputError && error.code === 'EPIPE') return reading?.problems.exitCode ?? EXIT_OK; // whoever reads has seen enough
    if (error instanceof DuckDbError) {
      say(error.message);
      return error.code === 'ERR_SQL' ? EXIT_USAGE : EXIT_FAILED;
    }
    if (reading?.isTold(error)) return reading.finish();
    if (!(error instanceof ArchiveInputError || error instanceof OutputError)) throw error;
    say(error.message);
    return EXIT_FAILED;
  }
  return reading.finish();
}

async function convert(options: ExportOptions, output: Output, reading: Reading): Promise<void> {
  const { format, columns, allColumns, where, derive, sinceUs, untilUs, everyUs } = options;
  const sink = format.open?.({ columns, version: packageVersion(), now: new Date().toISOString() });
  if (sink === undefined) throw new TypeError(`format ${format.name} writes no bytes`);
  const filter = await openFilter(where, allColumns, (row) => sink.add(row));
  /** What has gathered goes on when it is much. */
  const write = (least: number): Promise<void> | undefined =>
    sink.out.length >= least ? output.write(sink.out.take()) : undefined;
  const add = (row: SnapshotRow): Promise<void> | undefined => {
    if (filter === undefined) {
      sink.add(row);
      return write(WRITE_BYTES);
    }
    filter.add(row);
    return filter.isFull ? filter.flush().then(() => write(WRITE_BYTES)) : undefined;
  };
  try {
    await readArchiveRows({
      reading,
      ...{ sinceUs, untilUs, everyUs, deriver: derive ? analysisDeriver() : undefined, add },
      onArchive: (archive) => sink.begin?.(archive),
      onArchiveEnd: async () => {
        if (sink.end === undefined) return;
        // What ends an archive comes behind its rows.
        await filter?.flush();
        sink.end();
        await write(WRITE_BYTES);
      },
    });
    await filter?.flush();
    await write(1);
  } finally {
    filter?.close();
  }
}

async function openFilter(
  where: string | undefined,
  columns: readonly Column[],
  emit: (row: SnapshotRow) => void,
): Promise<RowFilter | undefined> {
  if (where === undefined) return undefined;
  return await RowFilter.open({ where, columns, tempDirectory: join(tmpdir(), `tcp-info-${process.pid}`), emit });
}
