import { wrapText } from '../rows/index.js';
import { line } from './line.js';
import type { Frame } from './screen.js';

/** Smallest screen on which connections are drawn. */
export const LEAST_COLUMNS = 20;
/** Smallest screen on which connections are drawn. */
export const LEAST_ROWS = 6;

/** Width of the longest words. A narrower screen shows the beginning of each line. */
const LEAST_TEXT = 'Too small:'.length;

/** Returns a screen that says that it is too small, and how large it must be; undefined for a large one. */
export function smallFrame(columns: number, rows: number): Frame | undefined {
  if (columns >= LEAST_COLUMNS && rows >= LEAST_ROWS) return undefined;
  const text = `Too small: ${columns}x${rows}, needs ${LEAST_COLUMNS}x${LEAST_ROWS}. q quits`;
  return { lines: wrapText(text, Math.max(LEAST_TEXT, columns), false).map((each) => line(each, 'warning')) };
}
