import { UNITS } from '../../expression/index.js';
import { ROW_FLAGS } from '../../live/store/index.js';
import { ownLetters } from '../chart/index.js';
import { type Line, line, span } from './line.js';
import { wrapText } from './text-cut.js';
import type { Look } from './values.js';

/** Keys with their effect, in the order of the help. */
export const HELP_KEYS: readonly (readonly [keys: string, does: string])[] = [
  ['j k, arrows, PgUp PgDn, g G', 'move; the order of the rows is held from then on'],
  ['Enter, Esc', 'open the connection at the cursor, go back'],
  ['/', 'filter: Tab completes, arrows choose, Enter applies, Esc clears'],
  ['s S, r', 'sort by the next or previous column, reverse'],
  ['o', 'order the rows again, or hold their order'],
  ['f', 'freeze: work on a copy, or go on'],
  ['x', 'closed connections: dimmed, hidden, only these'],
  ['a, Space', 'group by process, unit, peer or port; unfold a group'],
  ['c', 'choose columns'],
  ['u', 'bits or bytes per second'],
  ['y', 'copy the UUID (OSC 52)'],
  ['1 2 3 4 5', 'connections, groups, alerts, machine, HTTP'],
  ['+ -', 'longer or shorter interval between refreshes'],
  ['w R', 'watch, record: not in this version'],
  ['?', 'this help'],
  ['q, Ctrl-C, Ctrl-Z', 'quit, quit, suspend'],
];

const EXAMPLES: readonly (readonly [text: string, means: string])[] = [
  ['dport 443 rtt > 50ms', 'to port 443 and with an RTT above 50 ms: two beside each other must both hold'],
  ['comm:nginx or comm:envoy', 'a process whose name contains the text; a list: comm:nginx,envoy'],
  ['rtt > 3*minrtt and send > 1Mbit/s', 'numbers need their unit; + - * / may be used'],
  ['dst 10.0.0.0/8 -port 22', 'prefixes and ports as in -filter; - or not before a condition'],
  ['limited:rwnd,cwnd state:close_wait', 'limited by one of these causes, in this state'],
  ['comm ~ "java*", port in (80, 443)', '* and ? stand for any letters and one letter'],
  ['10.0.0.7 443', 'a bare word is searched in addresses, processes, units, containers and pods'],
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
    ...pairs(EXAMPLES, 'bar'),
    [],
    ...words(`Operators: = != < <= > >= ~ !~ in, field:text, and or not ( ).`),
    ...words(`Units: ${UNITS.map(({ name }) => name).join(' ')}.`),
    ...words(`Flags: ${ROW_FLAGS.map(({ name }) => `is:${name}`).join(' ')}.`),
    ...words('Fields: Tab in the filter lists them; c shows them with their meaning.'),
    [],
    line(ownLetters('Esc goes back.', look), 'faint'),
  ];
}
