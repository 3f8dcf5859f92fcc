import type { RowJson } from '../../live/wire/index.js';
import type { FrozenView } from '../../view/rows/expressions/index.js';
import type { RowRange } from './row-range.js';
import type { TableView } from './table-view.js';

/** Rows as the table shows them: those of the live view, or of a copy. Indexes count all rows of the view. */
export interface ShownRows {
  /** Rows of the view. */
  readonly count: number;
  /** Rows of the collector, or of the copy. */
  readonly total: number;
  /** Time of the values, microseconds since 1970. */
  readonly timeUs: number;
  /** Returns the key of a row; undefined if it is not known yet. */
  keyAt(index: number): string | undefined;
  /** Returns the index of a row; -1 if it is not known. */
  indexOf(key: string): number;
  row(key: string): RowJson | undefined;
  /** Returns whether the values of a row go on. */
  isCurrent(key: string): boolean;
}

/** Returns the rows of the live view. */
export function liveRows(view: TableView): ShownRows {
  const { live, held } = view;
  return {
    count: held.matched,
    total: live.total,
    timeUs: live.timeUs,
    keyAt: (index) => held.keyAt(index),
    indexOf: (key) => held.indexOf(key),
    row: (key) => view.row(key),
    isCurrent: (key) => view.isCurrent(key),
  };
}

/** Returns the rows of a copy in an order. */
export function frozenRows(frozen: FrozenView, order: readonly string[]): ShownRows {
  return {
    count: order.length,
    total: frozen.total,
    timeUs: frozen.timeUs,
    keyAt: (index) => order[index],
    indexOf: (key) => order.indexOf(key),
    row: (key) => frozen.rows.get(key),
    isCurrent: () => true,
  };
}

/** Goes through the known rows of a range. */
export function* rowsIn(rows: ShownRows, { first, end }: RowRange): Generator<RowJson> {
  for (let index = first; index < end; index++) {
    const key = rows.keyAt(index);
    const row = key === undefined ? undefined : rows.row(key);
    if (row !== undefined) yield row;
  }
}
