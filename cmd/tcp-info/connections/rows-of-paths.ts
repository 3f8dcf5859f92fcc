import type { ConnectionRow } from '../../../analysis/index.js';
import { isSelected, type Selection, startsWithin } from '../../reading/selection.js';
import type { ReadPaths } from '../../reading/task-worker.js';
import { Latest } from './latest.js';
import { readConnections } from './read.js';

/** Options of every thread that reads connections. */
export interface ConnectionWorkerOptions {
  readonly selection: Selection;
  readonly strict: boolean;
  /** See `ConnectionRowsOptions.latest`. */
  readonly latest: boolean;
}

/** Makes what reads the rows of a task's files, as one piece. One task goes on from the one before. */
export function rowsOfPaths({ selection, latest }: ConnectionWorkerOptions): ReadPaths<readonly ConnectionRow[]> {
  const within = startsWithin(selection);
  // What one task has found is not looked for in the next.
  const later = latest ? new Latest(within) : undefined;
  return async (archives, emit) => {
    const rows: ConnectionRow[] = [];
    await readConnections(archives, later?.accept ?? within, (row) => {
      if (!isSelected(selection, row)) return undefined;
      later?.add(row);
      rows.push(row);
      return undefined;
    });
    await emit(rows);
  };
}
