import type { ConnectionRow } from '../../analysis/index.js';
import type { Archives, ReadPaths } from '../index.js';
import { isSelected, type Selection, startsWithin } from '../selection/index.js';
import { Latest } from './latest.js';
import { type OnConnection, readConnections } from './read.js';

/** Options of threads that read connections. */
export interface ConnectionWorkerOptions {
  readonly selection: Selection;
  readonly strict: boolean;
  /** As `ConnectionRowsOptions.latest`. */
  readonly latest: boolean;
}

/** Returns a function that reads selected connections. With `latest`, it skips those older than any found before. */
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

/** Returns a function that reads the rows of a task's files as one piece. */
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
