import { letterWidth, printable } from '../chart/index.js';
import { LINE_STYLES, type Line, type LineStyle } from './line.js';

/** Position on a screen, from 0. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

/** Lines to show, and the place of the cursor; undefined hides it. */
export interface Frame {
  readonly lines: readonly Line[];
  readonly cursor?: Place | undefined;
}

/** Blank cell. */
const BLANK = ' ';
/** Second cell of a wide letter. */
export const CONTINUED = '';

/**
 * Letters and styles of a terminal's cells. All text passes through here, so control characters are replaced here once
 * more: nothing from data can move the cursor.
 */
export class Screen {
  readonly #texts: string[];
  readonly #styles: Uint8Array;

  constructor(
    readonly columns: number,
    readonly rows: number,
    lines: readonly Line[],
  ) {
    this.#texts = new Array<string>(columns * rows).fill(BLANK);
    this.#styles = new Uint8Array(columns * rows);
    for (let row = 0; row < Math.min(rows, lines.length); row++) this.#put(row, lines[row] ?? []);
  }

  /** Returns the letter of a cell with its combining marks; empty for the second cell of a wide letter. */
  text(row: number, column: number): string {
    return this.#texts[row * this.columns + column] ?? BLANK;
  }

  style(row: number, column: number): LineStyle {
    return LINE_STYLES[this.#styles[row * this.columns + column] ?? 0] ?? 'plain';
  }

  /** Returns whether a cell is the same on another screen of this size. */
  isSame(other: Screen, row: number, column: number): boolean {
    const at = row * this.columns + column;
    return this.#texts[at] === other.#texts[at] && this.#styles[at] === other.#styles[at];
  }

  /** Returns the number of cells of a row before the plain blanks at its end. */
  usedColumns(row: number): number {
    let used = this.columns;
    for (; used > 0; used--) {
      const at = row * this.columns + used - 1;
      if (this.#texts[at] !== BLANK || this.#styles[at] !== 0) break;
    }
    return used;
  }

  /** Returns a row's letters, without blanks at the end. */
  rowText(row: number): string {
    return this.#texts
      .slice(row * this.columns, (row + 1) * this.columns)
      .join('')
      .trimEnd();
  }

  #put(row: number, spans: Line): void {
    let column = 0;
    const start = row * this.columns;
    for (const { text, style } of spans) {
      const code = LINE_STYLES.indexOf(style);
      for (const letter of printable(text, { unicode: true })) {
        const width = letterWidth(letter);
        if (width === 0) {
          this.#combine(start, column, letter);
          continue;
        }
        if (column + width > this.columns) return;
        this.#set(start + column, letter, code);
        if (width === 2) this.#set(start + column + 1, CONTINUED, code);
        column += width;
      }
    }
  }

  /** Adds a combining mark to the letter before it; one without such a letter is dropped. */
  #combine(start: number, column: number, mark: string): void {
    const isWide = column > 1 && this.#texts[start + column - 1] === CONTINUED;
    const at = start + column - (isWide ? 2 : 1);
    if (column > 0) this.#texts[at] = (this.#texts[at] ?? BLANK) + mark;
  }

  #set(at: number, text: string, style: number): void {
    this.#texts[at] = text;
    this.#styles[at] = style;
  }
}
