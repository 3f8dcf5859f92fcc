import type { RowJson, StatusJson } from '../../live/wire/index.js';
import { ARCHIVE_COLUMNS, type Column, type Columns, DEFAULT_COLUMNS, type Look } from '../../view/rows/index.js';

/** Name of the column with the chart of the last 60 s. */
export const SPARKLINE = 'sparkline';
/** Field whose values the chart of the last 60 s shows. */
export const SPARKLINE_FIELD = 'now.goodputBytesPerSec';

/** Columns that a closed row of a live table keeps: the others are replaced by how it ended. */
export const IDENTITY: readonly string[] = ['process', 'local', 'remote'];

/** Returns the chart of the last 60 s as a column. It has no text: the cell draws. */
function sparklineColumn(): Column {
  return {
    id: SPARKLINE,
    title: '∿ 60 s',
    align: 'left',
    usual: 11,
    drop: 1,
    isLesser: true,
    fields: [SPARKLINE_FIELD],
    sortedBy: SPARKLINE_FIELD,
    largestFirst: true,
    text: () => '',
  };
}

/** Returns the column of a name; undefined if no column has it. */
export function findTableColumn(columns: Columns, name: string): Column | undefined {
  return name.trim().toLowerCase() === SPARKLINE ? sparklineColumn() : columns.find(name);
}

/** Returns the usual columns. */
export function usualColumns(columns: Columns, mode: StatusJson['mode'] | undefined): readonly Column[] {
  const names: readonly string[] = mode === 'archive' ? ARCHIVE_COLUMNS : [...DEFAULT_COLUMNS, SPARKLINE];
  return names.flatMap((name) => findTableColumn(columns, name) ?? []);
}

/** Returns the columns of a list of names; the usual ones if none of them exists. */
export function chosenColumns(
  columns: Columns,
  names: string,
  mode: StatusJson['mode'] | undefined,
): readonly Column[] {
  const found = new Map<string, Column>();
  for (const name of names.split(',')) {
    const column = name.trim() === '' ? undefined : findTableColumn(columns, name);
    if (column !== undefined) found.set(column.id, column);
  }
  return found.size === 0 ? usualColumns(columns, mode) : [...found.values()];
}

/** Returns all columns to choose from, without the chart where there is no last second. */
export function choosableTableColumns(columns: Columns, mode: StatusJson['mode'] | undefined): readonly Column[] {
  const all = columns.choosable();
  return mode === 'archive' ? all : [...all, sparklineColumn()];
}

/** Width of a cell that is not cut, in letters. */
const UNCUT = 1000;
/** Greatest width of a column, in letters: an IPv6 address with its port. */
const MAX_LETTERS = 47;
/** Width of a letter of words and addresses, in digits. */
const LETTER_DIGITS = 0.9;
/** Letters of an order's mark beside the title. */
const MARK_LETTERS = 3;

/** Widths of columns in letters. They only grow, so that nothing moves while values change. */
export class ColumnWidths {
  readonly #letters = new Map<string, number>();

  /** Takes over rows that are shown. Returns whether a width has grown. */
  take(columns: readonly Column[], rows: Iterable<RowJson>, look: Look): boolean {
    let hasGrown = false;
    const grow = (id: string, letters: number): void => {
      if (letters <= (this.#letters.get(id) ?? 0)) return;
      this.#letters.set(id, letters);
      hasGrown = true;
    };
    for (const { id, title, usual } of columns) grow(id, Math.max(usual, title.length + MARK_LETTERS));
    for (const row of rows) {
      for (const { id, text, wanted } of columns) {
        const most = Math.min(MAX_LETTERS, wanted ?? MAX_LETTERS);
        if ((this.#letters.get(id) ?? 0) < most) grow(id, Math.min(most, text(row, look, UNCUT).length));
      }
    }
    return hasGrown;
  }

  /** Returns the letters that fit in a column. */
  of({ id, usual }: Column): number {
    return this.#letters.get(id) ?? usual;
  }

  /** Returns the width of a column in the unit `ch`, the width of a digit: letters of words are narrower. */
  digitsOf(column: Column): number {
    return this.of(column) * (column.align === 'left' ? LETTER_DIGITS : 1);
  }
}

/** Returns the columns that fit in a width: those go first that are left out first in narrow tables. */
export function fitColumns(
  columns: readonly Column[],
  widths: Pick<ColumnWidths, 'digitsOf'>,
  digits: number,
  apart: number,
): readonly Column[] {
  let kept = columns;
  const sum = (): number => kept.reduce((total, column) => total + widths.digitsOf(column) + apart, 0);
  while (sum() > digits) {
    const [first] = kept
      .filter(({ drop }) => drop !== undefined)
      .sort((a, b) => Number(b.isLesser === true) - Number(a.isLesser === true) || (a.drop ?? 0) - (b.drop ?? 0));
    if (first === undefined || kept.length === 1) break;
    kept = kept.filter((column) => column !== first);
  }
  return kept;
}
