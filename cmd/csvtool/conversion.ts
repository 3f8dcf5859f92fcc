import { readOnThreads, threadsPay } from '../../archive/index.js';
import { type CsvtoolChoice, openCsvtoolTable } from '../../export/index.js';
import type { ArchiveSession } from '../tool/archive-session.js';
import { rowsOf } from './table.js';
import type { WorkerOptions } from './worker.js';

/** Options of {@link convertAll}. */
export interface ConversionOptions {
  readonly reading: ArchiveSession;
  readonly table: CsvtoolChoice;
  readonly strict: boolean;
  /** Most threads to use. */
  readonly threads: number;
}

/** Yields all rows, without a header, in the order of the paths. */
export async function* convertAll({
  reading,
  table,
  strict,
  threads,
}: ConversionOptions): AsyncGenerator<Uint8Array, void, undefined> {
  if (!(await threadsPay(reading.found, threads))) {
    yield* rowsOf(reading.archives(), openCsvtoolTable(table), reading.options);
    return;
  }
  const workerData: WorkerOptions = { table, strict };
  yield* readOnThreads(reading, { worker: new URL('./worker.js', import.meta.url), threads, workerData });
}
