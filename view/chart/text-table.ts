import { clipText, clipTextFront, textWidth } from './letter-width.js';

/** Column of a text table. */
export interface TextColumn {
  readonly title: string;
  /** Alignment: numbers right, words left. */
  readonly align: 'left' | 'right';
  /** Minimum letters when the column is cut in a table that is too wide; by default it is not cut. */
  readonly least?: number;
  /** End at which letters are cut; by default the back. */
  readonly cut?: 'front';
  /** Order in which columns are left out if the table is still too wide, the lowest first; by default never. */
  readonly drop?: number;
}

/** Options for laying out text. */
export interface TextStyle {
  /** Letters per line. */
  readonly width: number;
  /** Allows letters beyond ASCII, for bars, arrows and dashes. */
  readonly unicode: boolean;
  /** Adds colours and other marks to a text, or returns it unchanged. */
  readonly paint: (kind: TextPaint, text: string) => string;
}

/** Kind of a piece of text, for {@link TextStyle.paint}. */
export type TextPaint = 'heading' | 'faint' | 'bar' | 'warning';

const APART = '  ';

/**
 * Lays out rows in columns that are as wide as their longest cell and two blanks apart. If the table is too wide, the
 * columns that allow it lose letters, always the one that can spare most; if that is not enough, columns that allow it
 * are left out. Words longer than their column continue over empty cells after them. Cells are printed unchanged: use
 * {@link printable} for data.
 */
export function textTable(
  allColumns: readonly TextColumn[],
  allRows: readonly (readonly string[])[],
  style: TextStyle,
): string[] {
  const kept = keptColumns(allColumns, allRows, style);
  const columns = allColumns.filter((_, i) => kept.has(i));
  const rows = allRows.map((row) => row.filter((_, i) => kept.has(i)));
  const widths = fittingWidths(columns, naturalWidths(columns, rows), style);
  const head = rowLine(
    columns.map(({ title, align }) => ({ title, align })),
    widths,
    columns.map(({ title }) => title),
    style,
  );
  return [style.paint('faint', head), ...rows.map((row) => rowLine(columns, widths, row, style))];
}

/** Shortens the columns that may lose letters, one letter at a time, until the table fits or none can spare any. */
function fittingWidths(
  columns: readonly TextColumn[],
  natural: readonly number[],
  { width: room }: TextStyle,
): readonly number[] {
  const widths = [...natural];
  const spare = columns.map(({ least }, i) => Math.max(0, (widths[i] ?? 0) - (least ?? Number.POSITIVE_INFINITY)));
  let excess = widths.reduce((sum, width) => sum + width, 0) + APART.length * (columns.length - 1) - room;
  for (; excess > 0; excess--) {
    const most = Math.max(...spare);
    if (!(most > 0)) break;
    const i = spare.indexOf(most);
    spare[i] = most - 1;
    widths[i] = (widths[i] ?? 0) - 1;
  }
  return widths;
}

/** Formats a row of cells, each as wide as its column, or wider if it has to be and the next cells are empty. */
function rowLine(
  columns: readonly TextColumn[],
  widths: readonly number[],
  cells: readonly string[],
  style: TextStyle,
): string {
  const parts: string[] = [];
  let next = 0;
  for (const [i, { align, cut }] of columns.entries()) {
    if (i < next) continue;
    const cell = cells[i] ?? '';
    let width = widths[i] ?? 0;
    for (next = i + 1; align === 'left' && textWidth(cell) > width && cells[next] === ''; next++) {
      width += APART.length + (widths[next] ?? 0);
    }
    parts.push(pad(shorten(cell, width, cut, style), width, align));
  }
  return parts.join(APART).trimEnd();
}

function naturalWidths(columns: readonly TextColumn[], rows: readonly (readonly string[])[]): number[] {
  return columns.map(({ title }, i) =>
    rows.reduce((most, row) => Math.max(most, textWidth(row[i] ?? '')), textWidth(title)),
  );
}

/** Returns the columns that fit if all are cut as far as allowed, and those that may never be left out. */
function keptColumns(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  { width }: TextStyle,
): ReadonlySet<number> {
  const widths = naturalWidths(columns, rows).map((natural, i) => Math.min(natural, columns[i]?.least ?? natural));
  const kept = new Set(columns.keys());
  const order = [...columns.keys()]
    .filter((i) => columns[i]?.drop !== undefined)
    .sort((a, b) => (columns[a]?.drop ?? 0) - (columns[b]?.drop ?? 0));
  const used = (): number => [...kept].reduce((sum, i) => sum + (widths[i] ?? 0), 0) + APART.length * (kept.size - 1);
  for (const i of order) {
    if (used() <= width) break;
    kept.delete(i);
  }
  return kept;
}

/**
 * Draws a bar of up to `width` letters, in Unicode with a resolution of an eighth of a letter. Small values stay
 * visible.
 */
export function textBar(share: number, width: number, { unicode, paint }: TextStyle): string {
  const part = Math.min(1, Math.max(0, share)) * width;
  if (!(part > 0)) return '';
  if (!unicode) return '#'.repeat(Math.max(1, Math.round(part)));
  const eighths = Math.max(1, Math.round(part * 8));
  return paint('bar', '█'.repeat(eighths >> 3) + ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths & 7]);
}

/**
 * Draws one letter per value, higher for larger values; ASCII has darker letters instead, from `_` for 0 to `@`. Null
 * is a blank.
 */
export function sparkline(values: readonly (number | null)[], { unicode, paint }: TextStyle): string {
  const max = values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  const letters = unicode ? '▁▂▃▄▅▆▇█' : '_.:-=+*#%@';
  const line = values.map((value) => {
    if (value === null) return ' ';
    const share = max > 0 ? Math.max(0, value) / max : 0;
    return letters[Math.min(letters.length - 1, Math.ceil(share * (letters.length - 1)))] ?? ' ';
  });
  return paint('bar', line.join(''));
}

/** Replaces non-ASCII letters in our own words and units, such as µ, if only ASCII can be shown. */
export function ownLetters(text: string, { unicode }: Pick<TextStyle, 'unicode'>): string {
  return unicode ? text : text.replaceAll(/[µ–→…·’]/g, (letter) => OWN_LETTERS.get(letter) ?? letter);
}

const OWN_LETTERS: ReadonlyMap<string, string> = new Map([
  ['µ', 'u'],
  ['–', '-'],
  ['→', '->'],
  ['…', '...'],
  ['·', '-'],
  ['’', "'"],
]);

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - textWidth(text)));
  return align === 'right' ? blanks + text : text + blanks;
}

function shorten(text: string, width: number, cut: TextColumn['cut'], { unicode }: TextStyle): string {
  if (textWidth(text) <= width) return text;
  const dots = unicode ? '…' : '..';
  const room = Math.max(0, width - dots.length);
  return cut === 'front' ? dots + clipTextFront(text, room) : clipText(text, room) + dots;
}
