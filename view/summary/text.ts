import { CLOSED_FIRST, HOW_ENDED, type Summary, type Traffic } from '../../analysis/index.js';
import {
  formatCount,
  formatQuantity,
  formatShare,
  formatThings,
  ownLetters,
  printable,
  type TextColumn,
  type TextStyle,
  textBar,
  textTable,
} from '../chart/index.js';
import { clock, ENDINGS, endpoints, LIMITS, type Zone } from '../index.js';
import { type VerdictWords, verdictText } from '../verdict/index.js';
import { beforeRecording } from './before.js';
import { NOTABLE, notableText } from './notable.js';
import { bothWays, quantiles, shareOf, telltalePorts } from './ports.js';

/** Width of a full bar. */
const BAR = 24;
/** Width that is reserved for bars beside text. */
const LEAST_BAR = 8;

/** Values that a summary's text shows besides the summary. */
export interface SummaryContext {
  readonly zone?: Zone;
  /** Command that shows the most notable connection. */
  readonly showCommand?: string | undefined;
}

/** Formats a summary as text for a terminal. */
export function summaryText(
  view: Summary,
  answer: VerdictWords,
  style: TextStyle,
  { zone, showCommand }: SummaryContext = {},
): string {
  const lines = [...verdictText(answer, style), ...overview(view, style, zone)];
  const section = (title: string, body: readonly string[]): void => {
    if (body.length > 0) lines.push('', style.paint('heading', title), ...body);
  };
  for (const { name } of NOTABLE) {
    const { title, lines: body } = notableText(name, view, style);
    section(title, body);
  }
  section('Busiest peers', busiest('peer', peers(view), style));
  section('Busiest ports', busiest('port', telltalePorts(view), style));
  section('Round-trip time: medians of connections', rtt(view, style));
  section('Most retransmitted', retransmitters(view, style));
  section('What limited them', limits(view, style));
  section('How they ended', endings(view, style));
  const which = view.slowest.length > 0 ? 'The slowest one over time:' : 'None was slow by itself; one over time:';
  if (showCommand !== undefined) lines.push('', `${style.paint('faint', which)} ${showCommand}`);
  return ownLetters(`${lines.join('\n')}\n`, style);
}

function overview(view: Summary, style: TextStyle, zone?: Zone): string[] {
  const label = (text: string): string => style.paint('faint', text.padEnd(15));
  const of = formatShare(view.bytesSent > 0 ? view.bytesRetrans / view.bytesSent : null);
  const duration = (us: number | null): string => formatQuantity(us, 'duration');
  return [
    style.paint('heading', formatThings(view.connections, 'connection')),
    `${label('from')}${view.from === null ? '–' : clock(view.from, zone)}`,
    `${label('to')}${view.to === null ? '–' : clock(view.to, zone)}`,
    `${label('snapshots')}${formatCount(view.snapshots)}`,
    `${label('sent')}${formatQuantity(view.bytesSent, 'bytes')}`,
    `${label('received')}${formatQuantity(view.bytesReceived, 'bytes')}`,
    `${label('retransmitted')}${formatQuantity(view.bytesRetrans, 'bytes')}, ${of} of the bytes sent`,
    ...beforeRecording(view).map((words) => `${label('older')}${words}`),
    `${label('duration')}median ${duration(view.durationUs.median)}, p95 ${duration(view.durationUs.p95)}`,
  ];
}

/** Lays out rows that end in bars; bars are painted after the layout, which ignores colours. */
function barTable(
  columns: readonly TextColumn[],
  rows: readonly { readonly cells: readonly string[]; readonly share: number }[],
  style: TextStyle,
): string[] {
  const room = { ...style, width: style.width - LEAST_BAR - 2 };
  const [head = '', ...body] = textTable(
    columns,
    rows.map(({ cells }) => cells),
    room,
  );
  // Trailing blanks were cut, but bars must be aligned.
  const width = Math.max(0, ...body.map((line) => [...line].length));
  const bar = Math.max(LEAST_BAR, Math.min(BAR, style.width - width - 2));
  return [
    head,
    ...body.map((line, i) => `${line.padEnd(width)}  ${textBar(rows[i]?.share ?? 0, bar, style)}`.trimEnd()),
  ];
}

function busiest(title: string, entries: readonly (Traffic & { readonly name: string })[], style: TextStyle): string[] {
  if (entries.length === 0) return [];
  const most = Math.max(...entries.map(bothWays));
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
    share: shareOf(bothWays(entry), most),
  }));
  return barTable(columns, rows, style);
}

function rtt({ rttUs }: Summary, style: TextStyle): string[] {
  if (rttUs.count === 0) return [];
  const most = Math.max(...rttUs.ranges.map(({ count }) => count));
  const columns: TextColumn[] = [
    { title: 'from', align: 'right' },
    { title: 'to', align: 'right' },
    { title: 'connections', align: 'right' },
  ];
  const rows = rttUs.ranges.map(({ from, to, count }) => ({
    cells: [
      formatQuantity(from, 'duration'),
      to === null ? 'more' : formatQuantity(to, 'duration'),
      formatCount(count),
    ],
    share: shareOf(count, most),
  }));
  return [quantiles(rttUs), ...barTable(columns, rows, style)];
}

function retransmitters({ retransmitters: worst }: Summary, style: TextStyle): string[] {
  if (worst.length === 0) return ['no data was retransmitted'];
  const arrow = style.unicode ? '→' : '->';
  const columns: TextColumn[] = [
    { title: 'connection', align: 'left', least: 20 },
    { title: 'share', align: 'right' },
    { title: 'packets', align: 'right' },
    { title: 'bytes', align: 'right' },
    { title: 'of sent', align: 'right' },
    { title: 'uuid ends', align: 'left', least: 9, cut: 'front' },
  ];
  const rows = worst.map((each) => [
    printable(endpoints(each, arrow), { unicode: style.unicode }),
    formatShare(each.retransmitRate),
    formatQuantity(each.totalRetrans, 'count'),
    formatQuantity(each.bytesRetrans, 'bytes'),
    formatQuantity(each.bytesSent, 'bytes'),
    printable((each.uuid ?? '').slice(-16), style),
  ]);
  return textTable(columns, rows, style);
}

function limits({ limitedBy }: Summary, style: TextStyle): string[] {
  const total = Object.values(limitedBy).reduce((sum, { us }) => sum + us, 0);
  if (total === 0) return [];
  const columns: TextColumn[] = [
    { title: 'by', align: 'left' },
    { title: 'share of time', align: 'right' },
    { title: 'most in connections', align: 'right' },
  ];
  const rows = LIMITS.filter(({ name }) => limitedBy[name].us > 0 || limitedBy[name].connections > 0).map(
    ({ name, label }) => ({
      cells: [label, formatShare(limitedBy[name].us / total), formatCount(limitedBy[name].connections)],
      share: limitedBy[name].us / total,
    }),
  );
  return barTable(columns, rows, style);
}

function endings({ howEnded, closedFirst, connections }: Summary, style: TextStyle): string[] {
  if (connections === 0) return [];
  const columns: TextColumn[] = [
    { title: 'how', align: 'left' },
    { title: 'connections', align: 'right' },
    { title: 'share', align: 'right' },
  ];
  const rows = HOW_ENDED.filter((how) => howEnded[how] > 0).map((how) => ({
    cells: [ENDINGS[how], formatCount(howEnded[how]), formatShare(howEnded[how] / connections)],
    share: howEnded[how] / connections,
  }));
  const first = CLOSED_FIRST.filter((who) => closedFirst[who] > 0).map(
    (who) => `${who} ${formatCount(closedFirst[who])}`,
  );
  return [...barTable(columns, rows, style), `closed first: ${first.join(', ')}`];
}

/** Appends "(at least)" to peers whose traffic was only partly recorded. */
function peers({ peers: found }: Summary): (Traffic & { readonly name: string })[] {
  return found.map((each) => ({ ...each, name: each.missingBytes > 0 ? `${each.peer} (at least)` : each.peer }));
}
