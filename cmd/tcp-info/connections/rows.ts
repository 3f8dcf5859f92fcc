import { availableParallelism } from 'node:os';
import type { ConnectionRow } from '../../../analysis/index.js';
import type { Reading } from '../../reading/reading.js';
import type { Selection } from '../../reading/selection.js';
import { pathsTask } from '../../reading/task-worker.js';
import { readOnThreads, threadsPay } from '../../reading/tasks.js';
import { areOfOneEach } from './latest.js';
import type { OnConnection } from './read.js';
import { type ConnectionWorkerOptions, rowsOfPaths, selectedConnections } from './rows-of-paths.js';

/** Threads that read at most, the one that adds up among them: that is little work. */
export const MOST_THREADS = Math.min(availableParallelism(), 8);

/** How connections are read. */
export interface ConnectionRowsOptions {
  readonly selection: Selection;
  readonly strict: boolean;
  /** Threads that may be used; {@link MOST_THREADS} if not given. */
  readonly threads?: number;
  /** Only the connection that began last matters: others may be left out, so that most archives need not be read. */
  readonly latest?: boolean;
}

/**
 * Reads the connections that a selection chooses, in the order of the paths, on several threads where that pays.
 * @throws StrictError at the first problem of a strict run
 */
export async function eachConnection(
  reading: Reading,
  { selection, strict, threads = MOST_THREADS, latest = false }: ConnectionRowsOptions,
  onConnection: OnConnection,
): Promise<void> {
  // Parts of a connection in tars and under other names could be given to several threads.
  const isDivisible = areOfOneEach(reading.found);
  if (!isDivisible || !(await threadsPay(reading.found, threads))) {
    // Parts of a connection that stand apart would be decided on one by one.
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
