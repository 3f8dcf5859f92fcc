import type { ConnectionRow } from '../../../analysis/index.js';
import { isSelected, type Selection, startsWithin } from '../../reading/selection.js';
import type { Archives, ReadPaths } from '../../reading/task-worker.js';
import { Latest } from './latest.js';
import { type OnConnection, readConnections } from './read.js';

/** Options of every thread that reads connections. */
export interface ConnectionWorkerOptions {
  readonly selection: Selection;
  readonly strict: boolean;
  /** See `ConnectionRowsOptions.latest`. */
  readonly latest: boolean;
}

/** Makes what reads the connections that a selection chooses. What one call has found, the next does not look for. */
export function selectedConnections({
  selection,
  latest,
}: Pick<ConnectionWorkerOptions, 'selection' | 'latest'>): (
  archives: Archives,
  onConnection: OnConnection,
) => Promise<void> {
  const within = startsWithin(selection);
  const later = latest ? new Latest(within) : undefined;
  return async (archives, onConnection) => {
    await readConnections(archives, later?.accept ?? within, (row) => {
      if (!isSelected(selection, row)) return undefined;
      later?.add(row);
      return onConnection(row);
    });
  };
}

/** Makes what reads the rows of a task's files, as one piece. */
export function rowsOfPaths(options: ConnectionWorkerOptions): ReadPaths<readonly ConnectionRow[]> {
  const read = selectedConnections(options);
  return async (archives, emit) => {
    const rows: ConnectionRow[] = [];
    await read(archives, (row) => {
      rows.push(row);
      return undefined;
    });
    await emit(rows);
  };
}
