import { Connections } from '../../../analysis/index.js';
import {
  analysisDeriver,
  connectionParquet,
  DuckDbError,
  ParquetDataset,
  ParquetError,
  type ParquetTotals,
  snapshotParquet,
} from '../../../export/index.js';
import { ArchiveInputError, Problems } from '../../../input/index.js';
import { readArchiveRows } from '../archive-rows.js';
import type { Surroundings } from '../surroundings.js';
import { type ExportOptions, PROGRAM } from './options.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** Runs `tcp-info export --format=parquet` and gives its exit code. */
export async function runParquetExport(options: ExportOptions, { stderr, signals }: Surroundings): Promise<number> {
  const say = (line: string): void => void stderr.write(`${PROGRAM}: ${line}\n`);
  const problems = new Problems({ print: say, strict: options.strict });
  let isEnding = false;
  // What is not finished is below a hidden folder, which the next run removes; a second signal does not wait.
  const end = (): void => {
    if (isEnding) process.exit(EXIT_FAILED);
    isEnding = true;
    say('stopped: nothing was written');
  };
  signals.onEnd(end, end);
  try {
    const write = options.rows === 'connections' ? writeConnections : writeSnapshots;
    const totals = await write(options, problems, () => {
      if (isEnding) throw new Stopped();
    });
    problems.finish();
    say(describe(totals, options.output));
    return problems.exitCode;
  } catch (error) {
    if (error instanceof Stopped) return EXIT_FAILED;
    const isKnown =
      error instanceof DuckDbError ||
      error instanceof ParquetError ||
      error instanceof ArchiveInputError ||
      (error instanceof Error && 'syscall' in error);
    if (!isKnown) throw error;
    // With --strict it has been told of.
    if (error instanceof ArchiveInputError && problems.count > 0) return problems.exitCode;
    say(error.message);
    return error instanceof DuckDbError && error.code === 'ERR_SQL' ? EXIT_USAGE : EXIT_FAILED;
  }
}

/** A signal asked for the end. */
class Stopped extends Error {}

async function writeSnapshots(options: ExportOptions, problems: Problems, check: () => void): Promise<ParquetTotals> {
  const { paths, sinceUs, untilUs, everyUs, derive } = options;
  const dataset = await ParquetDataset.open({
    ...snapshotParquet(options.columns, options.allColumns),
    ...targetOf(options),
  });
  try {
    await readArchiveRows({
      paths,
      problems,
      sinceUs,
      untilUs,
      everyUs,
      deriver: derive ? analysisDeriver() : undefined,
      onArchive: check,
      add: (row) => dataset.add(row),
    });
    check();
    return await dataset.finish();
  } finally {
    await dataset.close();
  }
}

async function writeConnections(options: ExportOptions, problems: Problems, check: () => void): Promise<ParquetTotals> {
  const { paths, sinceUs, untilUs, everyUs } = options;
  const dataset = await ParquetDataset.open({ ...connectionParquet(), ...targetOf(options) });
  try {
    let wait: Promise<void> | undefined;
    const connections = new Connections((row) => {
      wait = dataset.add(row);
    });
    let path: string | undefined;
    let uuid: string | undefined;
    await readArchiveRows({
      paths,
      problems,
      sinceUs,
      untilUs,
      everyUs,
      onArchive: check,
      add: (row) => {
        wait = undefined;
        // An archive begins with its first row: one that has none is no connection.
        if (row.path !== path || row.metadata?.uuid !== uuid) connections.begin(row.metadata);
        path = row.path;
        uuid = row.metadata?.uuid;
        connections.add(row.view);
        return wait;
      },
    });
    wait = undefined;
    connections.end();
    await wait;
    check();
    return await dataset.finish();
  } finally {
    await dataset.close();
  }
}

function targetOf({ output, append, fileBytes, where }: ExportOptions) {
  return { directory: output, append, fileBytes, where };
}

function describe({ rows, files, bytes, partitions }: ParquetTotals, output: string): string {
  const size = bytes < 2 ** 20 ? `${Math.ceil(bytes / 2 ** 10)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return `${rows} rows in ${count(files, 'file')} of ${count(partitions, 'day')}, ${size}, in ${output}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
