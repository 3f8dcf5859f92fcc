import { letterWidth } from '../chart/index.js';
import type { LineStyle } from './line.js';
import { CONTINUED, type Place, type Screen } from './screen.js';

/** Codes of each style, without those around them, e.g. `1;33`; empty for plain letters. */
export type StyleCodes = Readonly<Record<LineStyle, string>>;

/** Styles by colours. */
export const COLOUR_STYLES: StyleCodes = {
  plain: '',
  heading: '1',
  faint: '2',
  selected: '7',
  warning: '33',
  bar: '36',
  second: '35',
  banner: '7;33',
};

/** Styles without colours, for NO_COLOR. */
export const PLAIN_STYLES: StyleCodes = { ...COLOUR_STYLES, warning: '1', bar: '', second: '', banner: '1;7' };

/** Unchanged cells that are written again, because moving the cursor over them would take more bytes. */
const WORTH_A_MOVE = 6;

const ESC = '\u001b';
const CLEAR = `${ESC}[0m${ESC}[2J`;
const ERASE_TO_END = `${ESC}[K`;
const RESET = `${ESC}[0m`;

/**
 * Returns the codes that turn one screen into the next: of each row only the changed cells. All of it is drawn if
 * there is no screen before, or one of another size.
 */
export function screenDiff(before: Screen | undefined, after: Screen, styles: StyleCodes): string {
  const known = before?.columns === after.columns && before.rows === after.rows ? before : undefined;
  const writer = new CellWriter(after, styles);
  for (let row = 0; row < after.rows; row++) writer.row(row, known);
  const codes = writer.finish();
  return known === undefined ? CLEAR + codes : codes;
}

/** Returns the code that moves the cursor to a place. */
export function moveTo({ row, column }: Place): string {
  return `${ESC}[${row + 1};${column + 1}H`;
}

class CellWriter {
  #codes = '';
  #style = '';
  /** Place of the terminal's cursor; undefined when it is not certain. */
  #at: Place | undefined;

  constructor(
    readonly screen: Screen,
    readonly styles: StyleCodes,
  ) {}

  /** Writes the changed cells of a row. */
  row(row: number, before: Screen | undefined): void {
    const { screen } = this;
    const used = screen.usedColumns(row);
    // On a cleared screen the blanks at the end are there already.
    const usedBefore = before?.usedColumns(row) ?? 0;
    for (let column = 0; column < used; column++) {
      if (before !== undefined && this.#isSame(before, row, column)) continue;
      if (screen.text(row, column) === CONTINUED) continue;
      this.#moveTo(row, column, used);
      this.#write(row, column);
    }
    if (usedBefore <= used) return;
    this.#jump(row, used);
    this.#setStyle('');
    this.#codes += ERASE_TO_END;
  }

  finish(): string {
    this.#setStyle('');
    return this.#codes;
  }

  /** Returns whether a letter is there already; a wide one with both of its cells. */
  #isSame(before: Screen, row: number, column: number): boolean {
    const { screen } = this;
    if (!screen.isSame(before, row, column)) return false;
    const isWide = column + 1 < screen.columns && screen.text(row, column + 1) === CONTINUED;
    const wasWide = column + 1 < screen.columns && before.text(row, column + 1) === CONTINUED;
    return isWide === wasWide;
  }

  /** Moves the cursor to a cell, by writing a few unchanged ones if it is near. */
  #moveTo(row: number, column: number, used: number): void {
    const at = this.#at;
    if (at === undefined || at.row !== row || at.column > column || column - at.column > WORTH_A_MOVE) {
      this.#jump(row, column);
      return;
    }
    const style = this.#codeOf(row, column);
    for (let each = at.column; each < column; each++) {
      // A change of style, or a wide letter, takes more than a move.
      if (each >= used || this.#codeOf(row, each) !== style || !this.#isNarrow(row, each)) {
        this.#jump(row, column);
        return;
      }
    }
    for (let each = at.column; each < column; each++) this.#write(row, each);
  }

  #isNarrow(row: number, column: number): boolean {
    const text = this.screen.text(row, column);
    return text.length === 1 && letterWidth(text) === 1;
  }

  #jump(row: number, column: number): void {
    if (this.#at?.row === row && this.#at.column === column) return;
    this.#codes += moveTo({ row, column });
    this.#at = { row, column };
  }

  #write(row: number, column: number): void {
    const text = this.screen.text(row, column);
    this.#setStyle(this.#codeOf(row, column));
    this.#codes += text;
    // Terminals differ about the width of letters that are not plain: after one the cursor's place is not certain.
    this.#at =
      this.#isNarrow(row, column) && column + 1 < this.screen.columns ? { row, column: column + 1 } : undefined;
  }

  #codeOf(row: number, column: number): string {
    return this.styles[this.screen.style(row, column)];
  }

  #setStyle(code: string): void {
    if (code === this.#style) return;
    this.#codes += code === '' ? RESET : this.#style === '' ? `${ESC}[${code}m` : `${ESC}[0;${code}m`;
    this.#style = code;
  }
}
