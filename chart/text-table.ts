/** A column of a table of text. */
export interface TextColumn {
  readonly title: string;
  /** Numbers stand right, words left. */
  readonly align: 'left' | 'right';
  /** May be cut to no less than this many letters when the table is too wide; by default it may not. */
  readonly least?: number;
}

/** How text is laid out. */
export interface TextStyle {
  /** Letters in a line. */
  readonly width: number;
  /** Letters beyond ASCII, for bars, arrows and dashes. */
  readonly unicode: boolean;
  /** Marks and colours, or the text as it is. */
  readonly paint: (kind: TextPaint, text: string) => string;
}

/** What a piece of text is, for {@link TextStyle.paint}. */
export type TextPaint = 'heading' | 'faint' | 'bar' | 'warning';

const APART = '  ';

/**
 * Lays out rows in columns, as wide as their longest cell, two blanks apart. A table that is too wide loses letters in the
 * columns that allow it, from the first. Cells are printed as they are: see {@link printable} for what comes from data.
 */
export function textTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  style: TextStyle,
): string[] {
  const widths = columns.map(({ title }, i) => Math.max(length(title), ...rows.map((row) => length(row[i] ?? ''))));
  let excess = widths.reduce((sum, width) => sum + width, 0) + APART.length * (columns.length - 1) - style.width;
  columns.forEach(({ least }, i) => {
    const width = widths[i] ?? 0;
    const cut = Math.max(0, Math.min(excess, width - (least ?? width)));
    widths[i] = width - cut;
    excess -= cut;
  });
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, i) => pad(shorten(cells[i] ?? '', widths[i] ?? 0, style), widths[i] ?? 0, align))
      .join(APART)
      .trimEnd();
  return [style.paint('faint', line(columns.map(({ title }) => title))), ...rows.map(line)];
}

/** A bar of up to `width` letters; in Unicode to an eighth of a letter. What is not nothing is seen. */
export function textBar(share: number, width: number, { unicode, paint }: TextStyle): string {
  const part = Math.min(1, Math.max(0, share)) * width;
  if (!(part > 0)) return '';
  if (!unicode) return '#'.repeat(Math.max(1, Math.round(part)));
  const eighths = Math.max(1, Math.round(part * 8));
  return paint('bar', '█'.repeat(eighths >> 3) + ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths & 7]);
}

/** One letter a value, the higher the more; ASCII has digits from 0 to 9. Null is a blank. */
export function sparkline(values: readonly (number | null)[], { unicode, paint }: TextStyle): string {
  const max = values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  const letters = unicode ? '▁▂▃▄▅▆▇█' : '0123456789';
  const line = values.map((value) => {
    if (value === null) return ' ';
    const share = max > 0 ? Math.max(0, value) / max : 0;
    return letters[Math.min(letters.length - 1, Math.ceil(share * (letters.length - 1)))] ?? ' ';
  });
  return paint('bar', line.join(''));
}

/**
 * Text from data, safe on a terminal: control characters, which could move its cursor or worse, and those that turn the
 * direction of writing are shown as `\u{1b}`; beyond ASCII only where that can be shown.
 */
export function printable(text: string, { unicode }: Pick<TextStyle, 'unicode'>): string {
  const unsafe = unicode ? /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu : /[^\x20-\x7e]/gu;
  return text.replaceAll(unsafe, (letter) => `\\u{${(letter.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Letters on the terminal, colours not counted; wide ones are counted as one. */
function length(text: string): number {
  return [...text].length;
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - length(text)));
  return align === 'right' ? blanks + text : text + blanks;
}

function shorten(text: string, width: number, { unicode }: TextStyle): string {
  const letters = [...text];
  if (letters.length <= width) return text;
  const dots = unicode ? '…' : '..';
  return letters.slice(0, Math.max(0, width - dots.length)).join('') + dots;
}
