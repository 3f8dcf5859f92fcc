import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import type { TextPaint, TextStyle } from './chart/index.js';

const DEFAULT_WIDTH = 100;
const LEAST_WIDTH = 40;
/** Rows of a terminal of unknown size. */
const DEFAULT_ROWS = 40;

/** A stream that may be a terminal. */
export type MaybeTerminal = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

/** Environment variables that set the look of text. */
export type TextEnvironment = Readonly<Partial<Record<'NO_COLOR' | 'TERM' | 'COLUMNS', string>>>;

/** Returns the style for a stream: colours and characters beyond ASCII only on a terminal that allows them. */
export function textStyle(stream: MaybeTerminal, env: TextEnvironment): TextStyle {
  const rich = stream.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
  return { width: widthOf(stream, env), unicode: rich, paint: rich ? paint : (_, text) => text };
}

/** Returns the rows of a terminal, or of a page for any other stream. */
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
