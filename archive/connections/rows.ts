import { availableParallelism } from 'node:os';
import type { ConnectionRow } from '../../analysis/index.js';
import { pathsTask, readOnThreads, type SharedArchives, threadsPay } from '../index.js';
import type { Selection } from '../selection/index.js';
import { areOfOneEach } from './latest.js';
import type { OnConnection } from './read.js';
import { type ConnectionWorkerOptions, rowsOfPaths, selectedConnections } from './rows-of-paths.js';

/** Most threads that read, including the one that collects results, which is little work. */
export const MOST_THREADS = Math.min(availableParallelism(), 8);

/** Options of {@link eachConnection}. */
export interface ConnectionRowsOptions {
  readonly selection: Selection;
  readonly strict: boolean;
  /** Number of threads; {@link MOST_THREADS} by default. */
  readonly threads?: number;
  /** True if only the connection that began last matters: others may be skipped, which saves reading most archives. */
  readonly latest?: boolean;
}

/**
 * Reads the connections of a selection, in the order of the paths, on several threads if that is faster.
 * @throws StrictError at the first problem of a strict run
 */
export async function eachConnection(
  reading: SharedArchives,
  { selection, strict, threads = MOST_THREADS, latest = false }: ConnectionRowsOptions,
  onConnection: OnConnection,
): Promise<void> {
  // Tars and files with other names could divide a connection among threads.
  const isDivisible = areOfOneEach(reading.found);
  if (!isDivisible || !(await threadsPay(reading.found, threads))) {
    // Parts of one connection in separate places would be filtered separately.
    await selectedConnections({ selection, latest: latest && isDivisible })(reading, onConnection);
    return;
  }
  const workerData: ConnectionWorkerOptions = { selection, strict, latest };
  const worker = new URL('./worker.js', import.meta.url);
  const here = pathsTask(strict, rowsOfPaths(workerData));
  for await (const rows of readOnThreads<readonly ConnectionRow[]>(reading, { worker, threads, workerData, here })) {
    for (const row of rows) await onConnection(row);
  }
}
