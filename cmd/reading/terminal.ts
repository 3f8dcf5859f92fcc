import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import type { TextPaint, TextStyle } from '../../chart/index.js';

const DEFAULT_WIDTH = 100;
const LEAST_WIDTH = 40;
/** Rows of a terminal that does not tell. */
const DEFAULT_ROWS = 40;

/** A stream that may be a terminal. */
export type MaybeTerminal = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

/** What of the environment says how text is to look. */
export type TextEnvironment = Readonly<Partial<Record<'NO_COLOR' | 'TERM' | 'COLUMNS', string>>>;

/** Text as a stream shows it: letters beyond ASCII and colours on a terminal only, and where nobody objects. */
export function textStyle(stream: MaybeTerminal, env: TextEnvironment): TextStyle {
  const rich = stream.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
  return { width: widthOf(stream, env), unicode: rich, paint: rich ? paint : (_, text) => text };
}

/** Rows of the terminal; of another stream, a page's. */
export function rowsOf({ isTTY, rows }: MaybeTerminal): number {
  return isTTY === true && rows !== undefined && rows > 0 ? rows : DEFAULT_ROWS;
}

function widthOf({ isTTY, columns }: MaybeTerminal, { COLUMNS }: TextEnvironment): number {
  if (isTTY === true && columns !== undefined && columns > 0) return Math.max(LEAST_WIDTH, columns);
  const given = Number(COLUMNS);
  return Number.isInteger(given) && given > 0 ? Math.max(LEAST_WIDTH, given) : DEFAULT_WIDTH;
}

function paint(kind: TextPaint, text: string): string {
  if (text === '') return text;
  return styleText(kind === 'heading' ? 'bold' : kind === 'faint' ? 'dim' : kind === 'bar' ? 'cyan' : 'yellow', text, {
    validateStream: false,
  });
}
