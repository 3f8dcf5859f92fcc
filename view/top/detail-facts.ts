import { ROW_FIELDS } from '../../live/store/index.js';
import type { ConnectionAnswerJson, RowJson } from '../../live/wire/index.js';
import { textWidth } from '../chart/index.js';
import { cutText, endingText, type Look, rowFacts, rttText } from '../rows/index.js';
import { type Line, line, type Span, span } from './line.js';

const APART = 3;

/** Lists every value of a row that is known, in columns. */
export function detailFacts(
  row: RowJson,
  answer: ConnectionAnswerJson | undefined,
  columns: number,
  look: Look,
): Line[] {
  const ending = endingText(row, look);
  return [
    ...(answer === undefined ? [] : [line(rttText(answer, look))]),
    ...(ending === undefined ? [] : [line(ending)]),
    ...rowFacts(row, ROW_FIELDS, look).flatMap(({ title, facts }) => {
      const pairs = facts.map(({ name, text }): [string, string] => [name, text]);
      return [line(title, 'heading'), ...inColumns(pairs, columns, look)];
    }),
  ];
}

/** Widest value that stands beside others. */
const LONGEST_BESIDE = 24;

/** Lays out names and values side by side, as many as fit, read from top to bottom; long values have their own lines. */
function inColumns(facts: readonly (readonly [string, string])[], columns: number, look: Look): Line[] {
  const isLong = ([, text]: readonly [string, string]): boolean => textWidth(text) > LONGEST_BESIDE;
  const short = facts.filter((fact) => !isLong(fact));
  const name = Math.max(...facts.map(([text]) => text.length));
  const value = Math.max(0, ...short.map(([, text]) => textWidth(text)));
  const perLine = Math.max(1, Math.floor((columns + APART) / (name + 2 + value + APART)));
  const height = Math.ceil(short.length / perLine);
  const label = (text: string): Span => span(`${text.padEnd(name)}  `, 'faint');
  return [
    ...facts.filter(isLong).map(([title, text]): Line => {
      return [label(title), span(cutText(text, Math.max(value, columns - name - 2), look.unicode))];
    }),
    ...Array.from({ length: height }, (_, i): Line => {
      const cells = Array.from({ length: perLine }, (__, column) => short[column * height + i]);
      return cells.flatMap((fact) => {
        if (fact === undefined) return [];
        return [label(fact[0]), span(fact[1] + ' '.repeat(value - textWidth(fact[1]) + APART))];
      });
    }),
  ];
}
