import { printable } from '../../words/index.js';

/** Joins cells with tabs. Control characters in them, tabs and line breaks too, are shown as `\u{9}`; an empty one is `-`. */
export function cellsLine(cells: readonly string[]): string {
  return cells.map((cell) => (cell === '' ? '-' : printable(cell, { unicode: true }))).join('\t');
}
