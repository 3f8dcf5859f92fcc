import { textWidth } from '../chart/index.js';
import { type ColumnShape, cutText, cutWords } from '../rows/index.js';

/** Column of a table on the screen. */
export interface TableColumn<Row> extends ColumnShape {
  /** Returns the cell of a row, made for this width. */
  readonly cell: (row: Row, width: number) => string;
}

/** Columns that fit, with their widths. */
export interface TableLayout<Row> {
  readonly columns: readonly TableColumn<Row>[];
  readonly widths: readonly number[];
}

const APART = 2;
/** Width for a cell that is not cut. */
const UNLIMITED = 1000;

/**
 * Chooses the columns that fit and their widths: as wide as the longest cell, but at least as wide as usual. Too wide
 * tables lose first blanks, then lesser columns. Only then are cells cut below the width that is wanted, and other
 * columns left out.
 */
export function layoutTable<Row>(
  all: readonly TableColumn<Row>[],
  rows: readonly Row[],
  width: number,
): TableLayout<Row> {
  const longest = all.map(({ title, cell }) =>
    rows.reduce((most, row) => Math.max(most, textWidth(cell(row, UNLIMITED))), textWidth(title)),
  );
  let kept = [...all.keys()];
  const smallest = (i: number): number => Math.max(textWidth(all[i]?.title ?? ''), least(i));
  const least = (i: number): number => Math.min(longest[i] ?? 0, all[i]?.least ?? longest[i] ?? 0);
  const wanted = (i: number): number => Math.max(smallest(i), Math.min(longest[i] ?? 0, all[i]?.wanted ?? 0));
  const sum = (of: (i: number) => number): number =>
    kept.reduce((total, i) => total + of(i), 0) + APART * (kept.length - 1);
  const leaveOut = (needed: (i: number) => number, candidates: (i: number) => boolean): void => {
    while (kept.length > 1 && sum(needed) > width) {
      const [first] = kept.filter(candidates).sort((a, b) => (all[a]?.drop ?? 0) - (all[b]?.drop ?? 0));
      if (first === undefined) return;
      kept = kept.filter((i) => i !== first);
    }
  };
  leaveOut(wanted, (i) => all[i]?.isLesser === true);
  leaveOut(smallest, (i) => all[i]?.drop !== undefined);
  const widths = kept.map((i) => Math.max(longest[i] ?? 0, all[i]?.usual ?? 0));
  let excess = widths.reduce((total, each) => total + each, 0) + APART * (kept.length - 1) - width;
  for (const floor of [(i: number) => longest[i] ?? 0, wanted, smallest]) {
    while (excess > 0) {
      const spare = kept.map((i, at) => (widths[at] ?? 0) - floor(i));
      const most = Math.max(...spare);
      if (most <= 0) break;
      const at = spare.indexOf(most);
      widths[at] = (widths[at] ?? 0) - 1;
      excess--;
    }
  }
  return { columns: kept.flatMap((i) => all[i] ?? []), widths };
}

/** Returns the line of titles. */
export function headLine<Row>({ columns, widths }: TableLayout<Row>): string {
  return joined(columns.map(({ title, align }, i) => padded(title, widths[i] ?? 0, align)));
}

/**
 * Returns the line of a row.
 * @param replaced a text that takes the place of the cells from a column on, e.g. how a closed connection ended
 */
export function rowLine<Row>(
  { columns, widths }: TableLayout<Row>,
  row: Row,
  unicode: boolean,
  replaced?: { readonly from: number; readonly text: string; readonly width: number },
): string {
  const cells: string[] = [];
  for (const [i, { align, cell }] of columns.entries()) {
    if (i === replaced?.from) {
      const used = widths.slice(0, i).reduce((total, each) => total + each + APART, 0);
      cells.push(cutWords(replaced.text, replaced.width - used, unicode));
      break;
    }
    const width = widths[i] ?? 0;
    cells.push(padded(cutText(cell(row, width), width, unicode), width, align));
  }
  return joined(cells);
}

function joined(cells: readonly string[]): string {
  return cells.join(' '.repeat(APART)).trimEnd();
}

function padded(text: string, width: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - textWidth(text)));
  return align === 'right' ? blanks + text : text + blanks;
}
