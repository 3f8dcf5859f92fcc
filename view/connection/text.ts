import type { ConnectionRow } from '../../analysis/index.js';
import { tcpStateName } from '../../tcp/index.js';
import {
  formatCount,
  formatQuantity,
  formatShare,
  ownLetters,
  printable,
  sparkline,
  type TextColumn,
  type TextStyle,
  textBar,
  textTable,
} from '../chart/index.js';
import { limitLabel, type Zone } from '../index.js';
import { connectionAnswer, verdictText } from '../verdict/index.js';
import type { ShownConnection } from './connection-view.js';
import { connectionFacts } from './facts.js';
import type { Timeline } from './timeline.js';
import type { Cell } from './timeline-cell.js';
import { selectRows, type TimelineRow } from './timeline-rows.js';

/** Width of labels. */
const LABEL = 15;
const ONE_MOMENT = 'unknown: only one moment was recorded';
const NOTE = 'Each row sums up the time since the row before. Windows and RTT are the last in it.';
/** Largest width of the throughput line. */
const SHAPE = 72;
/** Width of the scale behind that line. */
const SCALE = 18;
/** Width of a full bar. */
const BAR = 10;
/** Width of a terminal from which on there are bars. */
const BAR_FROM_WIDTH = 110;

/**
 * Formats a connection as text: facts, and a timeline of `rows` rows. Each row covers the time since the row before.
 */
export function showText(
  shown: ShownConnection,
  row: ConnectionRow,
  rows: number,
  style: TextStyle,
  zone?: Zone,
): string {
  const facts = connectionFacts(row, shown.parts, style.unicode ? '→' : '->', zone);
  const { timeline } = shown;
  const label = (text: string): string => style.paint('faint', text.padEnd(LABEL));
  const safe = (text: string): string => printable(ownLetters(text, style), style);
  const direction = busier(row);
  const bytes = shape(timeline, direction, Math.min(SHAPE, style.width - LABEL - SCALE));
  const spark =
    timeline.spanUs === 0 ? ONE_MOMENT : `${sparkline(bytes, style)}${scale(bytes, timeline.spanUs, style)}`;
  const header = [
    ...verdictText(connectionAnswer(row), style),
    style.paint('heading', facts.ends),
    `${label('uuid')}${safe(row.uuid ?? 'not recorded')}`,
    ...(facts.process === undefined ? [] : [`${label('process')}${safe(facts.process)}`]),
    ...(facts.nat === undefined ? [] : [`${label('nat')}${safe(facts.nat)}`]),
    `${label('time')}${safe(facts.when)}`,
    `${label('recorded')}${facts.files}`,
    `${label('sent')}${facts.sent}`,
    `${label('received')}${facts.received}`,
    `${label('retransmitted')}${facts.retransmitted}`,
    `${label('round trip')}${facts.rtt}`,
    `${label('congestion')}${safe(facts.congestion)}`,
    ...wrapped(label('limited by'), facts.limitedBy, style.width),
    ...wrapped(label('ended'), facts.ended, style.width),
    `${label(direction === 'bytesReceived' ? 'receiving' : 'sending')}${spark}`,
  ];
  const selected = selectRows(timeline.cells(), timeline.cellUs, rows);
  const table = timelineTable(selected, direction, style);
  const note = wrapped('', NOTE, style.width).map((line) => style.paint('faint', line));
  return `${ownLetters([...header, '', ...table, ...note].join('\n'), style)}\n`;
}

/** Column of bars, beside the rates that they show and under their title. */
const BAR_COLUMN: TextColumn = { title: '', align: 'left' };

type Direction = 'bytesSent' | 'bytesAcked' | 'bytesReceived';

/** Returns the counter for the bars: the one that moved most. */
function busier({ bytesSent, bytesAcked, bytesReceived }: ConnectionRow): Direction {
  const out = bytesSent ?? bytesAcked ?? 0;
  if ((bytesReceived ?? 0) > out) return 'bytesReceived';
  return bytesSent === null ? 'bytesAcked' : 'bytesSent';
}

function rate({ fromUs, toUs, cell }: TimelineRow, counter: Direction): number | null {
  const grown = cell.grown[counter];
  return grown === null || toUs <= fromUs ? null : (grown * 1e6) / (toUs - fromUs);
}

function throughputs(rows: readonly TimelineRow[], direction: Direction): (number | null)[] {
  return rows.map((row) => rate(row, direction));
}

/** Sums up bytes in intervals of equal width, from the first to the last snapshot. */
function shape(timeline: Timeline, direction: Direction, width: number): number[] {
  const bytes = new Array<number>(Math.max(1, width)).fill(0);
  for (const { startUs, value } of timeline.cells()) {
    const at = Math.min(bytes.length - 1, Math.floor((startUs / Math.max(1, timeline.spanUs)) * bytes.length));
    bytes[at] = (bytes[at] ?? 0) + (value.grown[direction] ?? 0);
  }
  return bytes;
}

/** Returns the rate of the highest letter in the line, such as `  @ = 12.3 Mbit/s`; empty without traffic. */
function scale(bytes: readonly number[], spanUs: number, style: TextStyle): string {
  const rate = (Math.max(...bytes) * bytes.length * 1e6) / spanUs;
  if (!Number.isFinite(rate) || rate === 0) return '';
  return `  ${sparkline([1], style)} = ${formatQuantity(rate, 'rate')}`;
}

function timelineTable(rows: readonly TimelineRow[], direction: Direction, style: TextStyle): string[] {
  const max = throughputs(rows, direction).reduce<number>((most, each) => Math.max(most, each ?? 0), 0);
  const bars = style.width >= BAR_FROM_WIDTH;
  const isReceiving = direction === 'bytesReceived';
  // Colour codes would count as letters, so bars are painted after the layout.
  const bar = (row: TimelineRow): string =>
    textBar((rate(row, direction) ?? 0) / (max || 1), BAR, { ...style, paint: (_, text) => text });
  const sent = rows.some(({ cell }) => cell.grown.bytesSent !== null) ? 'bytesSent' : 'bytesAcked';
  /** Drops a direction without traffic first, the less busy one later, the busier one never. */
  const dropRate = (counter: Direction): { drop?: number } => {
    if ((counter === 'bytesReceived') === isReceiving) return {};
    return { drop: rows.every((row) => (rate(row, counter) ?? 0) === 0) ? 1 : 3 };
  };
  const columns: TextColumn[] = [
    { title: 'until', align: 'right' },
    { title: sent === 'bytesSent' ? 'sent' : 'acked', align: 'right', ...dropRate(sent) },
    ...(bars && !isReceiving ? [BAR_COLUMN] : []),
    { title: 'received', align: 'right', ...dropRate('bytesReceived') },
    ...(bars && isReceiving ? [BAR_COLUMN] : []),
    { title: 'RTT', align: 'right' },
    { title: 'cwnd', align: 'right', drop: 4 },
    { title: 'flight', align: 'right', drop: 2 },
    { title: 'retr', align: 'right', drop: 6 },
    { title: 'limited by', align: 'left', least: 12 },
    { title: 'state', align: 'left', least: 8, drop: 5 },
  ];
  const cells = rows.map((row) => [
    `${(row.toUs / 1e6).toFixed(3)} s`,
    quantity(rate(row, sent), 'rate'),
    ...(bars && !isReceiving ? [bar(row)] : []),
    quantity(rate(row, 'bytesReceived'), 'rate'),
    ...(bars && isReceiving ? [bar(row)] : []),
    quantity(row.cell.gauges.rttUs.extent?.last ?? null, 'duration'),
    quantity(row.cell.gauges.cwndBytes.extent?.last ?? null, 'bytes'),
    quantity(row.cell.gauges.flightBytes.extent?.last ?? null, 'bytes'),
    retransmits(row.cell),
    limit(row.cell),
    states(row.cell, style),
  ]);
  return textTable(columns, cells, style);
}

function quantity(value: number | null, kind: 'rate' | 'duration' | 'bytes'): string {
  return value === 0 ? '0' : formatQuantity(value, kind);
}

function retransmits({ grown: { totalRetrans } }: Cell): string {
  if (totalRetrans === null) return '–';
  return totalRetrans === 0 ? '' : formatCount(totalRetrans);
}

function limit(cell: Cell): string {
  if (cell.limit === undefined) return '';
  const { name, share } = cell.limit;
  return share > 0.995 ? limitLabel(name) : `${limitLabel(name)} ${formatShare(share)}`;
}

function states({ entered }: Cell, { unicode }: TextStyle): string {
  return entered.map(tcpStateName).join(unicode ? ' → ' : ' -> ');
}

/** Wraps text after commas, semicolons and full stops, with the label before the first line. */
function wrapped(label: string, text: string, width: number): string[] {
  const indent = label === '' ? '' : ' '.repeat(LABEL);
  const lines: string[] = [];
  for (const item of text.split(/(?<=[,;.]) /)) {
    const last = lines.at(-1);
    if (last !== undefined && indent.length + last.length + 1 + item.length <= width) {
      lines[lines.length - 1] = `${last} ${item}`;
    } else {
      lines.push(item);
    }
  }
  return lines.map((line, i) => `${i === 0 ? label : indent}${line}`);
}
