/** A thread that makes rows of the connections in the files which it is given. */
import { workerData } from 'node:worker_threads';
import type { ConnectionRow } from '../../../analysis/index.js';
import { isSelected, type Selection, startsWithin } from '../../reading/selection.js';
import { servePaths } from '../../reading/task-worker.js';
import { Latest } from './latest.js';
import { readConnections } from './read.js';

/** Options of every thread. */
export interface ConnectionWorkerOptions {
  readonly selection: Selection;
  readonly strict: boolean;
  /** See `ConnectionRowsOptions.latest`. */
  readonly latest: boolean;
}

const { selection, strict, latest } = workerData as ConnectionWorkerOptions;
const within = startsWithin(selection);
/** What one task has found is not looked for in the next. */
const later = latest ? new Latest(within) : undefined;

servePaths<readonly ConnectionRow[]>(strict, async (archives, emit) => {
  const rows: ConnectionRow[] = [];
  await readConnections(archives, later?.accept ?? within, (row) => {
    if (!isSelected(selection, row)) return undefined;
    later?.add(row);
    rows.push(row);
    return undefined;
  });
  await emit(rows);
});
