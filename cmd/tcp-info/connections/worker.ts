/** A thread that makes rows of the connections in the files which it is given. */
import { workerData } from 'node:worker_threads';
import type { ConnectionRow } from '../../../analysis/index.js';
import { isSelected, type Selection, startsWithin } from '../../reading/selection.js';
import { servePaths } from '../../reading/task-worker.js';
import { readConnections } from './read.js';

/** Options of every thread. */
export interface ConnectionWorkerOptions {
  readonly selection: Selection;
  readonly strict: boolean;
}

const { selection, strict } = workerData as ConnectionWorkerOptions;

servePaths<readonly ConnectionRow[]>(strict, async (archives, emit) => {
  const rows: ConnectionRow[] = [];
  await readConnections(archives, startsWithin(selection), (row) => {
    if (isSelected(selection, row)) rows.push(row);
    return undefined;
  });
  await emit(rows);
});
