import type { ShownRows } from './shown-rows.js';

type Rows = Pick<ShownRows, 'count' | 'keyAt' | 'indexOf'>;

/** Selected row. It stays with its connection when the order changes. */
export class TableCursor {
  /** Index of the row; -1 without a selection. */
  index = -1;
  /** Key of the row; undefined without a selection, and until it is known. */
  key: string | undefined;

  get isSet(): boolean {
    return this.index >= 0;
  }

  /** Moves the selection, which begins with the first visible row. */
  move(by: number, rows: Rows, firstVisible: number): void {
    this.select(this.isSet ? this.index + by : firstVisible + (Math.abs(by) > 1 ? by : 0), rows);
  }

  /** Selects a row; beyond the ends the first or last one. */
  select(index: number, rows: Rows): void {
    this.index = rows.count === 0 ? -1 : Math.max(0, Math.min(index, rows.count - 1));
    this.key = rows.keyAt(this.index);
  }

  clear(): void {
    this.index = -1;
    this.key = undefined;
  }

  /** Follows the row after a change of the rows. A row that has left the known ones is no longer selected. */
  settle(rows: Rows): void {
    if (!this.isSet) return;
    if (this.key === undefined) {
      this.select(this.index, rows);
      return;
    }
    const found = rows.indexOf(this.key);
    if (found >= 0) this.index = found;
    else if (rows.keyAt(this.index) !== undefined || this.index >= rows.count) this.clear();
  }
}
