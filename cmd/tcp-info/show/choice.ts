import { type ConnectionRow, limitedShare } from '../../../analysis/index.js';
import {
  formatCount,
  formatQuantity,
  printable,
  type TextColumn,
  type TextStyle,
  textTable,
} from '../../../chart/index.js';
import { clock } from '../../reading/clock.js';
import { endsCells } from '../../reading/ends-cells.js';
import { causeNames } from '../../reading/limits.js';
import type { Zone } from '../../reading/moment.js';

/** Digits of a UUID's end that no other connection of its machine has. */
const UUID_END = 16;

/** Matches among which the user has to choose. */
export interface Choice {
  /** The latest first. */
  readonly rows: readonly ConnectionRow[];
  /** All that match. */
  readonly count: number;
  readonly zone: Zone;
}

/** Lines that list matches, and say how to choose. */
export function choiceText({ rows, count, zone }: Choice, style: TextStyle): string {
  const between = endsCells(rows, style);
  const ends = rows.map(({ uuid }) => (uuid ?? '').slice(-UUID_END));
  // Collectors on several machines may have the same.
  const isUnique = new Set(ends).size === ends.length;
  const columns: TextColumn[] = [
    { title: 'connection', align: 'left', least: 30 },
    { title: `began (${zone === 'utc' ? 'UTC' : 'local'})`, align: 'left' },
    { title: 'lasted', align: 'right', drop: 3 },
    { title: 'bytes', align: 'right', drop: 2 },
    { title: 'limited by', align: 'left', least: 10 },
    { title: 'ended', align: 'left', drop: 1 },
    { title: isUnique ? 'uuid ends' : 'uuid', align: 'left' },
  ];
  const table = textTable(
    columns,
    rows.map((row, i) => [
      between.cells[i] ?? '',
      clock(row.startTime, zone).replace(/\.\d+ .*$/, ''),
      formatQuantity(row.durationUs, 'duration'),
      formatQuantity((row.bytesSent ?? row.bytesAcked ?? 0) + (row.bytesReceived ?? 0), 'bytes'),
      causeNames({ ...row, idleShare: limitedShare(row, 'idle') }),
      row.howEnded,
      printable(isUnique ? (ends[i] ?? '') : (row.uuid ?? ''), style),
    ]),
    style,
  );
  const more = count - rows.length;
  const lines = [
    `${formatCount(count)} ${count === 1 ? 'connection matches, and its archive names none' : 'connections match'}${more > 0 ? `; the latest ${rows.length} of them` : ''}${between.from}:`,
    ...table,
    count === 1
      ? 'Give the file of the archive.'
      : 'Give the end of a UUID, or --last for the first of these; --since, --port, --peer and --where leave fewer.',
  ];
  const text = `${lines.join('\n')}\n`;
  return style.unicode ? text : text.replaceAll('µ', 'u').replaceAll('–', '-');
}
