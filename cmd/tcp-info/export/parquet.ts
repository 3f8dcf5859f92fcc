import { Connections } from '../../../analysis/index.js';
import { settle } from '../../../archive/index.js';
import { ArchiveInputError } from '../../../archive/input/index.js';
import {
  analysisDeriver,
  connectionParquet,
  DuckDbError,
  ParquetDataset,
  ParquetError,
  type ParquetTotals,
  snapshotParquet,
} from '../../../export/index.js';
import { makeFolder } from '../../../saver/index.js';
import { messageLine } from '../../../view/index.js';
import { EXIT_FAILED, EXIT_USAGE } from '../../flags/exit-codes.js';
import { signalExitCode } from '../../flags/signals.js';
import { ArchiveSession } from '../../tool/archive-session.js';
import type { CommandContext } from '../../tool/command-context.js';
import { OutputError } from '../../tool/output.js';
import { readArchiveRows } from '../archive-rows.js';
import { type ExportOptions, PROGRAM } from './options.js';

/** Runs `tcp-info export --format=parquet` and returns its exit code. */
export async function runParquetExport(options: ExportOptions, surroundings: CommandContext): Promise<number> {
  const { stdout, stderr, signals } = surroundings;
  let reading: ArchiveSession | undefined;
  const say = (line: string): void => {
    if (reading !== undefined) reading.print(line);
    else stderr.write(messageLine(PROGRAM, line));
  };
  let isPublishing = false;
  const stop = (signal: string): never => {
    reading?.clear();
    if (!isPublishing) say('stopped: nothing was written');
    process.exit(signalExitCode(signal));
  };
  // Finished files are moved into place, which takes a moment; only a second signal interrupts that.
  signals.onShutdown((signal) => {
    if (!isPublishing) stop(signal);
  }, stop);
  try {
    const write = options.rows === 'connections' ? writeConnections : writeSnapshots;
    reading = await ArchiveSession.open({ program: PROGRAM, ...options, stdout, stderr });
    await makeFolder(options.output, 0o777);
    const totals = await write(options, reading, () => {
      isPublishing = true;
    });
    const exitCode = reading.finish();
    say(describe(totals, options.output));
    return exitCode;
  } catch (error) {
    reading?.clear();
    if (reading?.isTold(error)) return reading.finish();
    const isKnown =
      error instanceof DuckDbError ||
      error instanceof ParquetError ||
      error instanceof ArchiveInputError ||
      isSystemError(error);
    if (!isKnown) throw error;
    // The system's message about a folder or file, without the call.
    say(isSystemError(error) ? new OutputError(error, options.output).message : error.message);
    return error instanceof DuckDbError && error.code === 'ERR_SQL' ? EXIT_USAGE : EXIT_FAILED;
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

async function writeSnapshots(
  options: ExportOptions,
  reading: ArchiveSession,
  onFinished: () => void,
): Promise<ParquetTotals> {
  const { sinceUs, untilUs, everyUs, derive } = options;
  const dataset = await ParquetDataset.open({
    ...snapshotParquet(options.columns, options.allColumns),
    ...targetOf(options),
  });
  try {
    await readArchiveRows({
      reading,
      sinceUs,
      untilUs,
      everyUs,
      deriver: derive ? analysisDeriver() : undefined,
      add: (row) => dataset.add(row),
    });
    return await dataset.finish(onFinished);
  } finally {
    await dataset.close();
  }
}

async function writeConnections(
  options: ExportOptions,
  reading: ArchiveSession,
  onFinished: () => void,
): Promise<ParquetTotals> {
  const { sinceUs, untilUs, everyUs } = options;
  const dataset = await ParquetDataset.open({ ...connectionParquet(), ...targetOf(options) });
  try {
    const waits: (Promise<void> | undefined)[] = [];
    const connections = new Connections((row) => waits.push(dataset.add(row)));
    let path: string | undefined;
    let uuid: string | undefined;
    await readArchiveRows({
      reading,
      sinceUs,
      untilUs,
      everyUs,
      add: (row) => {
        // A connection starts with its first row, so an archive without rows is no connection.
        if (row.path !== path || row.metadata?.uuid !== uuid) connections.begin(row.metadata);
        path = row.path;
        uuid = row.metadata?.uuid;
        connections.add(row.view);
        return settle(waits);
      },
    });
    while (connections.endNext()) await settle(waits);
    return await dataset.finish(onFinished);
  } finally {
    await dataset.close();
  }
}

function targetOf({ output, append, fileBytes, where }: ExportOptions) {
  return { directory: output, append, fileBytes, where };
}

function describe({ rows, files, bytes, partitions }: ParquetTotals, output: string): string {
  const size = bytes < 2 ** 20 ? `${Math.ceil(bytes / 2 ** 10)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return `${count(rows, 'row')} in ${count(files, 'file')} of ${count(partitions, 'day')}, ${size}, in ${output}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
