import type { NotableConnection, Summary } from '../../analysis/index.js';
import { type Child, formatQuantity, printable, type TextColumn, type TextStyle, textTable } from '../chart/index.js';
import {
  causeNames,
  causeWords,
  endpoints,
  endsCells,
  type HtmlColumn,
  htmlTable,
  showCommand,
  uuidLink,
} from '../index.js';

/** Tables of notable connections, with their titles. */
export const NOTABLE = [
  {
    name: 'slowest',
    title: 'Slowest',
    note: 'Acknowledged bytes by the time at work, that is, neither idle nor waiting for the peer.',
  },
  {
    name: 'longest',
    title: 'Longest',
    note: 'By known age; bytes and rates are those of the recorded time.',
  },
  { name: 'largest', title: 'Largest', note: 'By bytes both ways in the recorded time.' },
] as const;
/** Name of one of {@link NOTABLE}. */
export type NotableName = (typeof NOTABLE)[number]['name'];

const HEADS: Readonly<Record<NotableName, readonly [string, string]>> = {
  slowest: ['acked', 'at work'],
  longest: ['bytes', 'lasted'],
  largest: ['bytes', 'lasted'],
};

/** Rows of each table on a terminal. */
const TEXT_ROWS = 5;
/** Digits at a UUID's end that are unique on its machine. */
const UUID_END = 16;

/** Formats a table of notable connections as text, and its title. */
export function notableText(
  name: NotableName,
  view: Summary,
  style: TextStyle,
): { readonly title: string; readonly lines: string[] } {
  const found = view[name].slice(0, TEXT_ROWS);
  const heading = NOTABLE.find((each) => each.name === name)?.title ?? name;
  if (found.length === 0) return { title: heading, lines: [] };
  const columns: TextColumn[] = [
    { title: 'connection', align: 'left', least: 30 },
    ...HEADS[name].map((title, i): TextColumn => ({ title, align: 'right', drop: 3 - i })),
    { title: 'rate', align: 'right' },
    { title: 'limited by', align: 'left', least: 10 },
    { title: 'ended', align: 'left', drop: 1 },
    { title: 'uuid ends', align: 'left' },
  ];
  const ends = endsCells(found, style);
  const rows = found.map((each, i) => [
    ends.cells[i] ?? '',
    ...figures(name, each),
    causeNames(each),
    each.howEnded,
    printable((each.uuid ?? '').slice(-UUID_END), style),
  ]);
  return { title: `${heading}${ends.from}`, lines: textTable(columns, rows, style) };
}

/** Formats a table of notable connections for a page. */
export function notableHtml(name: NotableName, view: Summary, livePage?: string): Child {
  const found = view[name];
  if (found.length === 0) return undefined;
  const columns: HtmlColumn[] = [
    { title: 'connection', kind: 'text' },
    ...HEADS[name].map((title): HtmlColumn => ({ title, kind: 'number' })),
    { title: 'rate', kind: 'number' },
    { title: 'limited by', kind: 'word' },
    { title: 'ended', kind: 'word' },
    { title: 'uuid', kind: 'text' },
  ];
  const note = NOTABLE.find((each) => each.name === name)?.note ?? '';
  return htmlTable(
    columns,
    found.map((each) => [
      endpoints(each),
      ...figures(name, each),
      causeWords(each),
      each.howEnded,
      uuidLink(each.uuid, livePage),
    ]),
    `${note} tcp-info show UUID draws one.`,
  );
}

/** Returns bytes, time and rate of a connection. */
function figures(name: NotableName, each: NotableConnection): string[] {
  const bytes = (each.bytesSent ?? each.bytesAcked ?? 0) + (each.bytesReceived ?? 0);
  const isSlowest = name === 'slowest';
  return [
    formatQuantity(isSlowest ? each.bytesAcked : bytes, 'bytes'),
    isSlowest ? formatQuantity(each.activeUs, 'duration') : life(each),
    formatQuantity(isSlowest ? each.activeGoodputBytesPerSec : each.bytesPerSec, 'rate'),
  ];
}

/** Formats the known age of a connection. */
function life({ durationUs, olderByUs }: NotableConnection): string {
  if (durationUs === null) return formatQuantity(null, 'duration');
  return `${olderByUs === null ? '' : '> '}${formatQuantity(durationUs + (olderByUs ?? 0), 'duration')}`;
}

/** Returns the command that shows the most notable connection; undefined if it has no safe name. */
export function commandOfWorst(
  { slowest, retransmitters, largest, longest }: Summary,
  paths: readonly string[],
): string | undefined {
  return showCommand((slowest[0] ?? retransmitters[0] ?? largest[0] ?? longest[0])?.uuid ?? null, paths);
}
