import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  analysisDeriver,
  DuckDbError,
  Pipeline,
  RowFilter,
  SnapshotReader,
  type SnapshotRow,
} from '../../../export/index.js';
import { ArchiveInputError } from '../../../input/index.js';
import { packageVersion } from '../../flags/version.js';
import { OutputError } from '../../reading/output.js';
import type { Surroundings } from '../surroundings.js';
import type { RowSink } from './formats.js';
import { type Archive, openInputs, readRecords } from './inputs.js';
import { type ExportOptions, PROGRAM, parseOptions } from './options.js';
import { fileOutput, type Output, streamOutput } from './output.js';
import { runParquetExport } from './parquet.js';
import { Problems } from './problems.js';

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
  const say = (line: string): void => void stderr.write(`${PROGRAM}: ${line}\n`);
  const problems = new Problems(say, options.strict);
  let output: Output | undefined;
  try {
    output = options.output === '-' ? streamOutput(stdout) : await fileOutput(options.output);
    const { abandon } = output;
    const end = (): never => {
      abandon.call(output);
      process.exit(EXIT_FAILED);
    };
    signals.onEnd(end, end);
    await convert(options, output, problems);
    await output.finish();
  } catch (error) {
    output?.abandon();
    if (error instanceof OutputError && error.code === 'EPIPE') return problems.exitCode; // whoever reads has seen enough
    if (error instanceof DuckDbError) {
      say(error.message);
      return error.code === 'ERR_SQL' ? EXIT_USAGE : EXIT_FAILED;
    }
    if (!(error instanceof ArchiveInputError || error instanceof OutputError)) throw error;
    // With --strict it has been told of.
    if (problems.exitCode !== EXIT_OK && error instanceof ArchiveInputError) return problems.exitCode;
    say(error.message);
    return EXIT_FAILED;
  }
  problems.finish();
  return problems.exitCode;
}

async function convert(options: ExportOptions, output: Output, problems: Problems): Promise<void> {
  const { paths, format, columns, allColumns, where, derive, sinceUs, untilUs, everyUs } = options;
  const sink = format.open?.({ columns, version: packageVersion(), now: new Date().toISOString() });
  if (sink === undefined) throw new TypeError(`format ${format.name} writes no bytes`);
  const emit = (row: SnapshotRow): void => sink.add(row);
  const filter =
    where === undefined
      ? undefined
      : await RowFilter.open({
          where,
          columns: allColumns,
          tempDirectory: join(tmpdir(), `tcp-info-${process.pid}`),
          emit,
        });
  try {
    const deriver = derive ? analysisDeriver() : undefined;
    const toSink = filter === undefined ? emit : (row: SnapshotRow): void => filter.add(row);
    const pipeline = new Pipeline({ sinceUs, untilUs, everyUs, deriver, emit: toSink });
    const row = new SnapshotReader();
    for await (const archive of openInputs(paths, { stdin: process.stdin })) {
      await convertArchive(archive, { row, pipeline, filter, sink, output, problems });
    }
    pipeline.finish();
    await filter?.flush();
    if (sink.out.length > 0) await output.write(sink.out.take());
  } finally {
    filter?.close();
  }
}

/** What an archive's rows go through. */
interface Conversion {
  readonly row: SnapshotReader;
  readonly pipeline: Pipeline;
  readonly filter: RowFilter | undefined;
  readonly sink: RowSink;
  readonly output: Output;
  readonly problems: Problems;
}

async function convertArchive(
  archive: Archive,
  { row, pipeline, filter, sink, output, problems }: Conversion,
): Promise<void> {
  const { path, source } = archive;
  row.begin(path);
  sink.begin?.(archive);
  for await (const { line, record } of readRecords(source, problems.report)) {
    let isSnapshot: boolean;
    try {
      isSnapshot = row.load(record);
    } catch (error) {
      const problem = ArchiveInputError.from(path, error, line);
      if (!(problem instanceof ArchiveInputError)) throw problem;
      problems.report(problem);
      continue;
    }
    if (isSnapshot) pipeline.add(row);
    if (filter?.isFull) await filter.flush();
    if (sink.out.length >= WRITE_BYTES) await output.write(sink.out.take());
  }
  if (sink.end !== undefined) {
    // What ends an archive comes behind its rows.
    await filter?.flush();
    sink.end();
  }
  if (sink.out.length >= WRITE_BYTES) await output.write(sink.out.take());
}
