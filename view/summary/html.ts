import { CLOSED_FIRST, HOW_ENDED, type Summary, type Traffic } from '../../analysis/index.js';
import {
  type Child,
  type Colour,
  element,
  formatCount,
  formatQuantity,
  formatShare,
  formatThings,
  type Markup,
  paint,
} from '../chart/index.js';
import {
  clock,
  ENDINGS,
  endpoints,
  factList,
  faintText,
  type HtmlColumn,
  htmlPage,
  htmlTable,
  LIMITS,
  type PageOptions,
  uuidLink,
} from '../index.js';
import { type VerdictWords, verdictHtml } from '../verdict/index.js';
import { beforeRecording } from './before.js';
import { NOTABLE, notableHtml } from './notable.js';
import { bothWays, quantiles, shareOf, telltalePorts } from './ports.js';

/** Formats a summary as a standalone page. */
export function summaryHtml(view: Summary, answer: VerdictWords, { version, zone, livePage }: PageOptions): string {
  const title = formatThings(view.connections, 'TCP connection');
  const when =
    view.from === null || view.to === null ? undefined : `${clock(view.from, zone)} to ${clock(view.to, zone)}`;
  return htmlPage({
    title,
    heading: title,
    version,
    source: 'Made by tcp-info summary.',
    roomy: true,
    body: [
      when === undefined ? undefined : faintText(when),
      verdictHtml(answer),
      facts(view),
      ...beforeRecording(view).map((words) => faintText(`Older connections: ${words}.`)),
      ...NOTABLE.map(({ name, title: heading }) => section(heading, notableHtml(name, view, livePage))),
      element(
        'div',
        { class: 'columns' },
        section('Busiest peers', busiest('peer', peers(view))),
        section('Busiest ports', busiest('port', telltalePorts(view))),
        section('Round-trip time', rtt(view)),
        section('What limited them', limits(view)),
        section('How they ended', endings(view)),
      ),
      section('Most retransmitted', retransmitters(view, livePage)),
    ],
  });
}

function section(title: string, content: Child): Markup {
  return element('section', {}, element('h2', {}, title), content ?? faintText('Nothing.'));
}

function facts(view: Summary): Markup {
  const { rttUs: times, bytesRetrans, bytesSent } = view;
  const duration = (us: number | null): string => formatQuantity(us, 'duration');
  return factList([
    { name: 'Connections', value: formatCount(view.connections), also: formatThings(view.snapshots, 'snapshot') },
    { name: 'Sent', value: formatQuantity(bytesSent, 'bytes') },
    { name: 'Received', value: formatQuantity(view.bytesReceived, 'bytes') },
    {
      name: 'Retransmitted',
      value: formatQuantity(bytesRetrans, 'bytes'),
      also: `${formatShare(bytesSent > 0 ? bytesRetrans / bytesSent : null)} of the bytes sent`,
    },
    {
      name: 'Round-trip time',
      value: duration(times.median),
      also: `median of connections, p95 ${duration(times.p95)}`,
    },
    { name: 'Duration', value: duration(view.durationUs.median), also: `median, p95 ${duration(view.durationUs.p95)}` },
  ]);
}

/** Draws a bar as wide as its share of the cell; the text beside it shows the same value. */
function bar(share: number, colour: Colour = 'blue'): Markup {
  const width = Math.min(100, Math.max(share > 0 ? 0.7 : 0, share * 100));
  return element(
    'svg',
    { viewBox: '0 0 100 12', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    element('rect', { x: 0, y: 0, width, height: 12, ...paint(colour, 'fill') }),
  );
}

function busiest(title: string, entries: readonly (Traffic & { readonly name: string })[]): Child {
  if (entries.length === 0) return undefined;
  const most = Math.max(...entries.map(bothWays));
  const columns: HtmlColumn[] = [
    { title, kind: 'text' },
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
    bar(shareOf(bothWays(entry), most)),
  ]);
  return htmlTable(columns, rows, 'By bytes in both directions.');
}

function rtt({ rttUs }: Summary): Child {
  if (rttUs.count === 0) return undefined;
  const most = Math.max(...rttUs.ranges.map(({ count }) => count));
  const columns: HtmlColumn[] = [
    { title: 'from', kind: 'number' },
    { title: 'to', kind: 'number' },
    { title: 'connections', kind: 'number' },
    { title: '', kind: 'bar' },
  ];
  const rows = rttUs.ranges.map(({ from, to, count }) => [
    formatQuantity(from, 'duration'),
    to === null ? 'more' : formatQuantity(to, 'duration'),
    formatCount(count),
    bar(shareOf(count, most)),
  ]);
  return htmlTable(columns, rows, `Medians of connections: ${quantiles(rttUs)}.`);
}

function limits({ limitedBy }: Summary): Child {
  const total = Object.values(limitedBy).reduce((sum, { us }) => sum + us, 0);
  if (total === 0) return undefined;
  const columns: HtmlColumn[] = [
    { title: 'limited by', kind: 'word' },
    { title: 'share of time', kind: 'number' },
    { title: 'most in connections', kind: 'number' },
    { title: '', kind: 'bar' },
  ];
  const rows = LIMITS.filter(({ name }) => limitedBy[name].us > 0 || limitedBy[name].connections > 0).map(
    ({ name, label, colour }) => [
      label,
      formatShare(limitedBy[name].us / total),
      formatCount(limitedBy[name].connections),
      bar(limitedBy[name].us / total, colour),
    ],
  );
  return htmlTable(columns, rows, 'Share of the known time of all connections.');
}

function endings({ howEnded, closedFirst, connections }: Summary): Child {
  if (connections === 0) return undefined;
  const columns: HtmlColumn[] = [
    { title: 'how', kind: 'word' },
    { title: 'connections', kind: 'number' },
    { title: 'share', kind: 'number' },
    { title: '', kind: 'bar' },
  ];
  const rows = HOW_ENDED.filter((how) => howEnded[how] > 0).map((how) => [
    ENDINGS[how],
    formatCount(howEnded[how]),
    formatShare(howEnded[how] / connections),
    bar(howEnded[how] / connections),
  ]);
  const first = CLOSED_FIRST.filter((who) => closedFirst[who] > 0).map(
    (who) => `${who} ${formatCount(closedFirst[who])}`,
  );
  return htmlTable(columns, rows, `Closed first: ${first.join(', ')}.`);
}

function retransmitters({ retransmitters: worst }: Summary, livePage: string | undefined): Child {
  if (worst.length === 0) return undefined;
  const columns: HtmlColumn[] = [
    { title: 'connection', kind: 'text' },
    { title: 'share', kind: 'number' },
    { title: 'packets', kind: 'number' },
    { title: 'bytes', kind: 'number' },
    { title: 'of sent', kind: 'number' },
    { title: 'uuid', kind: 'text' },
  ];
  const rows = worst.map((each) => [
    endpoints(each),
    formatShare(each.retransmitRate),
    formatQuantity(each.totalRetrans, 'count'),
    formatQuantity(each.bytesRetrans, 'bytes'),
    formatQuantity(each.bytesSent, 'bytes'),
    uuidLink(each.uuid, livePage),
  ]);
  return htmlTable(columns, rows, 'By bytes; packets include SYN and FIN. tcp-info show UUID draws one.');
}

/** Appends "(at least)" to peers whose traffic was only partly recorded. */
function peers({ peers: found }: Summary): (Traffic & { readonly name: string })[] {
  return found.map((each) => ({ ...each, name: each.missingBytes > 0 ? `${each.peer} (at least)` : each.peer }));
}
