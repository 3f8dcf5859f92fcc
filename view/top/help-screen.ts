import { UNITS } from '../../expression/index.js';
import { ROW_FLAGS } from '../../live/store/index.js';
import { ownLetters } from '../chart/index.js';
import { FILTER_EXAMPLES, type Look, wrapText } from '../rows/index.js';
import { type Line, line, span } from './line.js';

/** Keys with their effect, in the order of the help. */
export const HELP_KEYS: readonly (readonly [keys: string, does: string])[] = [
  ['j k, arrows, PgUp PgDn, g G', 'move; the order of the rows is held from then on'],
  ['Enter, Esc', 'open the connection at the cursor, go back'],
  ['p', 'of an open connection: both ends on one axis, if the other is seen here, too'],
  ['P', 'of an open connection: open the other end'],
  ['/', 'filter: Tab completes, arrows choose, Enter applies, Esc clears'],
  ['s S, r', 'sort by the next or previous column, reverse'],
  ['o', 'order the rows again, or hold their order'],
  ['f', 'freeze: work on a copy, or go on'],
  ['x', 'closed connections: dimmed, hidden, only these'],
  ['a, Space', 'group by process, unit, peer, port or MPTCP; unfold a group'],
  ['c', 'choose columns'],
  ['u', 'bits or bytes per second'],
  ['y', 'copy the UUID (OSC 52)'],
  ['1 2 3 4 5', 'connections, groups, alerts, machine, HTTP'],
  ['+ -', 'longer or shorter interval between refreshes'],
  ['w', 'watch the connection, or end its watch'],
  ['R', 'save what the flight recorder has of it (asks)'],
  ['?', 'this help'],
  ['q, Ctrl-C, Ctrl-Z', 'quit, quit, suspend'],
];

const KEY_WIDTH = 30;

/** Draws the help: keys, and the language of the filter. */
export function helpLines(columns: number, look: Look): Line[] {
  const width = Math.max(20, columns);
  const pairs = (rows: readonly (readonly [string, string])[], style: 'bar' | 'plain'): Line[] =>
    rows.flatMap(([left, right]): Line[] => {
      if (left.length < KEY_WIDTH && width >= KEY_WIDTH * 2)
        return wrapText(right, width - KEY_WIDTH, look.unicode).map((text, i) => [
          span((i === 0 ? left : '').padEnd(KEY_WIDTH), style),
          span(text),
        ]);
      return [
        ...wrapText(left, width, look.unicode).map((text) => line(text, style)),
        ...wrapText(right, width - 4, look.unicode).map((text) => line(`    ${text}`, 'faint')),
      ];
    });
  const words = (text: string): Line[] => wrapText(text, width, look.unicode).map((each) => line(each));
  return [
    line('Keys', 'heading'),
    ...pairs(HELP_KEYS, 'bar'),
    [],
    line('Filter', 'heading'),
    ...pairs(FILTER_EXAMPLES, 'bar'),
    [],
    ...words(`Operators: = != < <= > >= ~ !~ in, field:text, and or not ( ).`),
    ...words(`Units: ${UNITS.map(({ name }) => name).join(' ')}.`),
    ...words(`Flags: ${ROW_FLAGS.map(({ name }) => `is:${name}`).join(' ')}.`),
    ...words('Fields: Tab in the filter lists them; c shows them with their meaning.'),
    [],
    line(ownLetters('Esc goes back.', look), 'faint'),
  ];
}
