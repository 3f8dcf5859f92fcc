import { type ConnectionRow, limitedShare } from '../analysis/index.js';
import { formatCount, formatQuantity, printable, type TextColumn, type TextStyle, textTable } from './chart/index.js';
import { endsCells } from './ends-cells.js';
import { clock, type Zone } from './time/index.js';
import { causeNames } from './words/index.js';

/** Digits at a UUID's end that are unique on its machine. */
const UUID_END = 16;

/** Letters for the time and the UUID's end, beside the endpoints of a connection. */
const OTHERS_LETTERS = '  began (local)  '.length + UUID_END;
/** Letters of the year, and of the day, in `2026-11-21 13:08:00`. */
const [YEAR, DAY] = ['2026-'.length, '2026-11-21 '.length];

/** Matches from which the user must choose. */
export interface Choice {
  /** Matches to list, the latest first. */
  readonly rows: readonly ConnectionRow[];
  /** Number of all matches. */
  readonly count: number;
  readonly zone: Zone;
}

/** Returns text that lists matches and explains how to choose. */
export function choiceText({ rows, count, zone }: Choice, style: TextStyle): string {
  const between = endsCells(rows, style);
  const ends = rows.map(({ uuid }) => (uuid ?? '').slice(-UUID_END));
  // Collectors on several machines may have the same endings.
  const isUnique = new Set(ends).size === ends.length;
  const widest = Math.max(...between.cells.map((cell) => cell.length));
  const columns: TextColumn[] = [
    { title: 'connection', align: 'left', least: Math.min(widest, style.width - OTHERS_LETTERS) },
    { title: `began (${zone === 'utc' ? 'UTC' : 'local'})`, align: 'left' },
    { title: 'lasted', align: 'right', drop: 3 },
    { title: 'bytes', align: 'right', drop: 2 },
    { title: 'limited by', align: 'left', least: 10, drop: 4 },
    { title: 'ended', align: 'left', drop: 1 },
    { title: isUnique ? 'uuid ends' : 'uuid', align: 'left' },
  ];
  const began = rows.map(({ startTime }) => clock(startTime, zone).replace(/\.\d+ .*$/, ''));
  const layOut = (begun: readonly string[]): string[] =>
    textTable(
      columns,
      rows.map((row, i) => [
        between.cells[i] ?? '',
        begun[i] ?? '',
        formatQuantity(row.durationUs, 'duration'),
        formatQuantity((row.bytesSent ?? row.bytesAcked ?? 0) + (row.bytesReceived ?? 0), 'bytes'),
        causeNames({ ...row, idleShare: limitedShare(row, 'idle') }),
        row.howEnded,
        printable(isUnique ? (ends[i] ?? '') : (row.uuid ?? ''), style),
      ]),
      style,
    );
  // Endpoints tell connections apart, so they are cut last.
  const isWhole = ([head = '', ...lines]: readonly string[]): boolean =>
    columns.every(({ title }) => head.includes(title)) &&
    lines.every((line, i) => line.startsWith(between.cells[i] ?? ''));
  let table = layOut(began);
  let common = '';
  for (const part of [YEAR, DAY]) {
    if (isWhole(table)) break;
    const [first = ''] = began;
    if (!began.every((text) => text.slice(0, part) === first.slice(0, part))) break;
    table = layOut(began.map((text) => text.slice(part)));
    common = `, in ${first.slice(0, part).trim().replace(/-$/, '')}`;
  }
  const more = count - rows.length;
  const lines = [
    `${formatCount(count)} ${count === 1 ? 'connection matches, but its archive has no UUID' : 'connections match'}${more > 0 ? `; the latest ${rows.length} of them` : ''}${between.from}${common}:`,
    ...table,
    count === 1
      ? 'Give the file of the archive.'
      : 'Give the end of a UUID, or --last for the first of these; --since, --port, --peer and --filter narrow the choice.',
  ];
  const text = `${lines.join('\n')}\n`;
  return style.unicode ? text : text.replaceAll('µ', 'u').replaceAll('–', '-');
}
