import { CLOSED_FIRST, HOW_ENDED } from '../../../analysis/index.js';
import {
  formatCount,
  formatQuantity,
  formatShare,
  printable,
  type TextColumn,
  type TextStyle,
  textBar,
  textTable,
} from '../../../chart/index.js';
import { clock } from '../../reading/clock.js';
import { ENDINGS, LIMITS } from '../../reading/limits.js';
import { type Busy, type SummaryView, shareOf, sumOf } from './view.js';

/** Letters of the widest bar. */
const BAR = 24;

/** A summary as text for a terminal. */
export function summaryText(view: SummaryView, style: TextStyle): string {
  const lines = [...overview(view, style)];
  const section = (title: string, body: readonly string[]): void => {
    if (body.length > 0) lines.push('', style.paint('heading', title), ...body);
  };
  const estimate = view.busyIsEstimate ? ' (at least: there are too many to count each)' : '';
  section(`Busiest peers${estimate}`, busiest('peer', view.peers, style));
  section('Busiest ports', busiest('port', view.ports, style));
  section('Round-trip time: medians of connections', rtt(view, style));
  section('Most retransmitted', retransmitters(view, style));
  section('What limited them', limits(view, style));
  section('How they ended', endings(view, style));
  const text = `${lines.join('\n')}\n`;
  return style.unicode ? text : text.replaceAll('µ', 'u').replaceAll('–', '-');
}

function overview(view: SummaryView, style: TextStyle): string[] {
  const label = (text: string): string => style.paint('faint', text.padEnd(15));
  const of = formatShare(view.bytesSent > 0 ? view.bytesRetrans / view.bytesSent : null);
  const duration = (us: number | null): string => formatQuantity(us, 'duration');
  return [
    style.paint('heading', plural(view.connections, 'connection')),
    `${label('from')}${view.from === null ? '–' : clock(view.from)}`,
    `${label('to')}${view.to === null ? '–' : clock(view.to)}`,
    `${label('snapshots')}${formatCount(view.snapshots)}`,
    `${label('sent')}${formatQuantity(view.bytesSent, 'bytes')}`,
    `${label('received')}${formatQuantity(view.bytesReceived, 'bytes')}`,
    `${label('retransmitted')}${formatQuantity(view.bytesRetrans, 'bytes')}, ${of} of the bytes sent`,
    `${label('duration')}median ${duration(view.medianDurationUs)}, p95 ${duration(view.p95DurationUs)}`,
  ];
}

/** Rows of a table, each ending in a bar that is painted after the layout, which does not know colours. */
function barTable(
  columns: readonly TextColumn[],
  rows: readonly { readonly cells: readonly string[]; readonly share: number }[],
  style: TextStyle,
): string[] {
  const room = { ...style, width: style.width - BAR - 2 };
  const [head = '', ...body] = textTable(
    columns,
    rows.map(({ cells }) => cells),
    room,
  );
  // Trailing blanks were cut; the bars stand below each other.
  const width = Math.max(0, ...body.map((line) => [...line].length));
  return [
    head,
    ...body.map((line, i) => `${line.padEnd(width)}  ${textBar(rows[i]?.share ?? 0, BAR, style)}`.trimEnd()),
  ];
}

function busiest(title: string, entries: readonly Busy[], style: TextStyle): string[] {
  if (entries.length === 0) return [];
  const bytes = ({ bytesSent, bytesReceived }: Busy): number => bytesSent + bytesReceived;
  const most = Math.max(...entries.map(bytes));
  const columns: TextColumn[] = [
    { title, align: 'left', least: 12 },
    { title: 'connections', align: 'right' },
    { title: 'sent', align: 'right' },
    { title: 'received', align: 'right' },
  ];
  const rows = entries.map((entry) => ({
    cells: [
      printable(entry.name, style),
      formatCount(entry.connections),
      formatQuantity(entry.bytesSent, 'bytes'),
      formatQuantity(entry.bytesReceived, 'bytes'),
    ],
    share: shareOf(bytes(entry), most),
  }));
  return barTable(columns, rows, style);
}

function rtt({ rtt: { minUs, medianUs, p95Us, maxUs, ranges } }: SummaryView, style: TextStyle): string[] {
  if (medianUs === null) return [];
  const most = Math.max(...ranges.map(({ connections }) => connections));
  const columns: TextColumn[] = [
    { title: 'from', align: 'right' },
    { title: 'to', align: 'right' },
    { title: 'connections', align: 'right' },
  ];
  const rows = ranges.map(({ fromUs, toUs, connections }) => ({
    cells: [formatQuantity(fromUs, 'duration'), formatQuantity(toUs, 'duration'), formatCount(connections)],
    share: shareOf(connections, most),
  }));
  const [least, median, p95, greatest] = [minUs, medianUs, p95Us, maxUs].map((us) => formatQuantity(us, 'duration'));
  return [`min ${least}, median ${median}, p95 ${p95}, max ${greatest}`, ...barTable(columns, rows, style)];
}

function retransmitters({ retransmitters: worst }: SummaryView, style: TextStyle): string[] {
  if (worst.length === 0) return ['nothing was retransmitted'];
  const arrow = style.unicode ? '→' : '->';
  const columns: TextColumn[] = [
    { title: 'connection', align: 'left', least: 20 },
    { title: 'share', align: 'right' },
    { title: 'packets', align: 'right' },
    { title: 'bytes', align: 'right' },
    { title: 'of sent', align: 'right' },
    { title: 'uuid ends', align: 'left', least: 8 },
  ];
  const rows = worst.map(({ uuid, local, remote, bytesSent, bytesRetrans, packetsRetrans, share }) => [
    printable(`${local} ${arrow} ${remote}`, { unicode: style.unicode }),
    formatShare(share),
    formatCount(packetsRetrans),
    formatQuantity(bytesRetrans, 'bytes'),
    formatQuantity(bytesSent, 'bytes'),
    printable(uuid.slice(-16), style),
  ]);
  return textTable(columns, rows, style);
}

function limits({ limitedUs, limitedConnections }: SummaryView, style: TextStyle): string[] {
  const total = sumOf(limitedUs);
  if (total === 0) return [];
  const columns: TextColumn[] = [
    { title: 'by', align: 'left' },
    { title: 'share of time', align: 'right' },
    { title: 'most in connections', align: 'right' },
  ];
  const rows = LIMITS.filter(({ name }) => limitedUs[name] > 0 || limitedConnections[name] > 0).map(
    ({ name, label }) => ({
      cells: [label, formatShare(limitedUs[name] / total), formatCount(limitedConnections[name])],
      share: limitedUs[name] / total,
    }),
  );
  return barTable(columns, rows, style);
}

function endings({ ended, closedFirst, connections }: SummaryView, style: TextStyle): string[] {
  if (connections === 0) return [];
  const columns: TextColumn[] = [
    { title: 'how', align: 'left' },
    { title: 'connections', align: 'right' },
    { title: 'share', align: 'right' },
  ];
  const rows = HOW_ENDED.filter((how) => ended[how] > 0).map((how) => ({
    cells: [ENDINGS[how], formatCount(ended[how]), formatShare(ended[how] / connections)],
    share: ended[how] / connections,
  }));
  const first = CLOSED_FIRST.filter((who) => closedFirst[who] > 0).map(
    (who) => `${who} ${formatCount(closedFirst[who])}`,
  );
  return [...barTable(columns, rows, style), `closed first: ${first.join(', ')}`];
}

function plural(count: number, word: string): string {
  return `${formatCount(count)} ${word}${count === 1 ? '' : 's'}`;
}
