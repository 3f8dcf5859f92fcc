import { CLOSED_FIRST, HOW_ENDED } from '../../../analysis/index.js';
import {
  type Child,
  type Colour,
  element,
  formatCount,
  formatQuantity,
  formatShare,
  type Markup,
  paint,
} from '../../../chart/index.js';
import { clock } from '../../reading/clock.js';
import { ENDINGS, LIMITS } from '../../reading/limits.js';
import { factList, type HtmlColumn, htmlPage, htmlTable } from '../../reading/page.js';
import { type Busy, type SummaryView, shareOf, sumOf } from './view.js';

/** A summary as a page of its own. */
export function summaryHtml(view: SummaryView): string {
  const title = `${formatCount(view.connections)} TCP ${view.connections === 1 ? 'connection' : 'connections'}`;
  const when = view.from === null || view.to === null ? undefined : `${clock(view.from)} to ${clock(view.to)}`;
  return htmlPage({
    title,
    source: 'Made by tcp-info summary.',
    body: [
      element('h1', {}, title),
      when === undefined ? undefined : element('p', { class: 'faint' }, when),
      facts(view),
      element(
        'div',
        { class: 'columns' },
        section('Busiest peers', busiest('peer', view.peers, view.busyIsEstimate)),
        section('Busiest ports', busiest('port', view.ports, false)),
        section('Round-trip time', rtt(view)),
        section('What limited them', limits(view)),
        section('How they ended', endings(view)),
      ),
      section('Most retransmitted', retransmitters(view)),
    ],
  });
}

function section(title: string, content: Child): Markup {
  return element('section', {}, element('h2', {}, title), content ?? element('p', { class: 'faint' }, 'Nothing.'));
}

function facts(view: SummaryView): Markup {
  const { rtt: times, bytesRetrans, bytesSent } = view;
  const duration = (us: number | null): string => formatQuantity(us, 'duration');
  return factList([
    { name: 'Connections', value: formatCount(view.connections), also: `${formatCount(view.snapshots)} snapshots` },
    { name: 'Sent', value: formatQuantity(bytesSent, 'bytes') },
    { name: 'Received', value: formatQuantity(view.bytesReceived, 'bytes') },
    {
      name: 'Retransmitted',
      value: formatQuantity(bytesRetrans, 'bytes'),
      also: `${formatShare(bytesSent > 0 ? bytesRetrans / bytesSent : null)} of the bytes sent`,
    },
    {
      name: 'Round-trip time',
      value: duration(times.medianUs),
      also: `median of connections, p95 ${duration(times.p95Us)}`,
    },
    { name: 'Duration', value: duration(view.medianDurationUs), also: `median, p95 ${duration(view.p95DurationUs)}` },
  ]);
}

/** A bar as wide as its share of the cell; words beside it say the same. */
function bar(share: number, colour: Colour = 'blue'): Markup {
  const width = Math.min(100, Math.max(share > 0 ? 0.7 : 0, share * 100));
  return element(
    'svg',
    { viewBox: '0 0 100 12', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    element('rect', { x: 0, y: 0, width, height: 12, ...paint(colour, 'fill') }),
  );
}

function busiest(title: string, entries: readonly Busy[], estimated: boolean): Child {
  if (entries.length === 0) return undefined;
  const bytes = ({ bytesSent, bytesReceived }: Busy): number => bytesSent + bytesReceived;
  const most = Math.max(...entries.map(bytes));
  const columns: HtmlColumn[] = [
    { title, kind: 'word' },
    { title: 'connections', kind: 'number' },
    { title: 'sent', kind: 'number' },
    { title: 'received', kind: 'number' },
    { title: '', kind: 'bar' },
  ];
  const rows = entries.map((entry) => [
    entry.name,
    formatCount(entry.connections),
    formatQuantity(entry.bytesSent, 'bytes'),
    formatQuantity(entry.bytesReceived, 'bytes'),
    bar(shareOf(bytes(entry), most)),
  ]);
  const note = estimated ? ' At least: there are too many to count each.' : '';
  return htmlTable(columns, rows, `By bytes in both directions.${note}`);
}

function rtt({ rtt: { minUs, medianUs, p95Us, maxUs, ranges } }: SummaryView): Child {
  if (medianUs === null) return undefined;
  const most = Math.max(...ranges.map(({ connections }) => connections));
  const columns: HtmlColumn[] = [
    { title: 'from', kind: 'number' },
    { title: 'to', kind: 'number' },
    { title: 'connections', kind: 'number' },
    { title: '', kind: 'bar' },
  ];
  const rows = ranges.map(({ fromUs, toUs, connections }) => [
    formatQuantity(fromUs, 'duration'),
    formatQuantity(toUs, 'duration'),
    formatCount(connections),
    bar(shareOf(connections, most)),
  ]);
  const [least, median, p95, greatest] = [minUs, medianUs, p95Us, maxUs].map((us) => formatQuantity(us, 'duration'));
  return htmlTable(
    columns,
    rows,
    `Medians of connections: min ${least}, median ${median}, p95 ${p95}, max ${greatest}.`,
  );
}

function limits({ limitedUs, limitedConnections }: SummaryView): Child {
  const total = sumOf(limitedUs);
  if (total === 0) return undefined;
  const columns: HtmlColumn[] = [
    { title: 'limited by', kind: 'word' },
    { title: 'share of time', kind: 'number' },
    { title: 'most in connections', kind: 'number' },
    { title: '', kind: 'bar' },
  ];
  const rows = LIMITS.filter(({ name }) => limitedUs[name] > 0 || limitedConnections[name] > 0).map(
    ({ name, label, colour }) => [
      label,
      formatShare(limitedUs[name] / total),
      formatCount(limitedConnections[name]),
      bar(limitedUs[name] / total, colour),
    ],
  );
  return htmlTable(columns, rows, 'Of the time of all connections for which it is known.');
}

function endings({ ended, closedFirst, connections }: SummaryView): Child {
  if (connections === 0) return undefined;
  const columns: HtmlColumn[] = [
    { title: 'how', kind: 'word' },
    { title: 'connections', kind: 'number' },
    { title: 'share', kind: 'number' },
    { title: '', kind: 'bar' },
  ];
  const rows = HOW_ENDED.filter((how) => ended[how] > 0).map((how) => [
    ENDINGS[how],
    formatCount(ended[how]),
    formatShare(ended[how] / connections),
    bar(ended[how] / connections),
  ]);
  const first = CLOSED_FIRST.filter((who) => closedFirst[who] > 0).map(
    (who) => `${who} ${formatCount(closedFirst[who])}`,
  );
  return htmlTable(columns, rows, `Closed first: ${first.join(', ')}.`);
}

function retransmitters({ retransmitters: worst }: SummaryView): Child {
  if (worst.length === 0) return undefined;
  const columns: HtmlColumn[] = [
    { title: 'connection', kind: 'word' },
    { title: 'share', kind: 'number' },
    { title: 'packets', kind: 'number' },
    { title: 'bytes', kind: 'number' },
    { title: 'of sent', kind: 'number' },
    { title: 'uuid', kind: 'text' },
  ];
  const rows = worst.map(({ uuid, local, remote, bytesSent, bytesRetrans, packetsRetrans, share }) => [
    `${local} → ${remote}`,
    formatShare(share),
    formatCount(packetsRetrans),
    formatQuantity(bytesRetrans, 'bytes'),
    formatQuantity(bytesSent, 'bytes'),
    uuid,
  ]);
  return htmlTable(columns, rows, 'By the share of their bytes. tcp-info show UUID draws one.');
}
