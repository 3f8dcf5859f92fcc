import type { ConnectionRow } from '../../analysis/index.js';
import { tcpStateName } from '../../tcp/index.js';
import { drawTimeChart, element, formatCount, formatQuantity, type Markup, type TimeChart } from '../chart/index.js';
import {
  clock,
  endpoints,
  factList,
  faintText,
  type HtmlColumn,
  htmlPage,
  htmlTable,
  limitLabel,
  type PageOptions,
  uuidLink,
  type Zone,
} from '../index.js';
import { connectionAnswer, verdictHtml } from '../verdict/index.js';
import { withoutEmptyPanels } from './empty-panels.js';
import { connectionFacts } from './facts.js';
import { type PictureText, timelinePicture } from './picture.js';
import type { Shown } from './shown.js';
import { selectRows, type TimelineRow } from './timeline-rows.js';

const WIDE_PX = 1000;
const NARROW_PX = 376;
/** Rows of the table below the picture. */
const ROWS = 30;

const HOW_TO_READ =
  'Round-trip time, windows and flight show every extreme that was recorded. Limited by: how much of the time each cause ' +
  'held the sender back; a full bar is all of it.';

/** Draws a connection as a standalone SVG file. */
export function showSvg(shown: Shown, row: ConnectionRow, zone?: Zone): string {
  const facts = connectionFacts(row, shown.parts, '→', zone);
  const heading = [facts.ends, `${facts.when}  ·  sent ${facts.sent}  ·  ${facts.ended}`, row.uuid ?? ''];
  const { chart, note } = withoutEmptyPanels(
    timelinePicture(shown.timeline, { ...pictureText(row, zone), heading }),
    row,
  );
  const footer = [note, chart.panels.length === 0 ? undefined : HOW_TO_READ]
    .filter((each) => each !== undefined)
    .join(' ');
  return `${drawTimeChart({ ...chart, footer }, { widthPx: WIDE_PX, standalone: true })}\n`;
}

/** Draws a connection as a page: facts, picture, and a table of the same data. */
export function showHtml(shown: Shown, row: ConnectionRow, { version, zone, livePage }: PageOptions): string {
  const facts = connectionFacts(row, shown.parts, '→', zone);
  const rows = selectRows(shown.timeline.cells(), shown.timeline.cellUs, ROWS);
  const { chart, note } = withoutEmptyPanels(
    timelinePicture(shown.timeline, { ...pictureText(row, zone), heading: [] }),
    row,
  );
  const isDrawn = chart.panels.length > 0;
  return htmlPage({
    title: `${facts.ends} – TCP connection`,
    heading: facts.ends,
    version,
    source: 'Made by tcp-info show.',
    body: [
      element('p', { class: 'faint uuid' }, facts.when, ' · ', uuidLink(row.uuid, livePage)),
      verdictHtml(connectionAnswer(row)),
      factList([
        { name: 'Sent', ...split(facts.sent) },
        { name: 'Received', ...split(facts.received) },
        { name: 'Retransmitted', ...split(facts.retransmitted) },
        {
          name: 'Median round trip',
          value: formatQuantity(row.medianRttUs, 'duration'),
          also: `min ${formatQuantity(row.minRttUs, 'duration')}, p95 ${formatQuantity(row.p95RttUs, 'duration')}`,
        },
        { name: 'Ended', ...split(facts.ended.replace('; ', ', ')) },
        { name: 'Congestion control', value: facts.congestion },
        { name: 'Limited by', ...split(facts.limitedBy) },
        { name: 'Recorded', ...split(facts.files.replace(' in ', ', in ')) },
        ...(facts.process === undefined ? [] : [{ name: 'Process', ...split(facts.process) }]),
        ...(facts.nat === undefined ? [] : [{ name: 'NAT', ...split(facts.nat) }]),
      ]),
      isDrawn ? element('figure', {}, picture(chart, WIDE_PX, 'wide'), picture(chart, NARROW_PX, 'narrow')) : undefined,
      isDrawn ? faintText(HOW_TO_READ) : undefined,
      note === undefined ? undefined : faintText(note),
      element('h2', {}, 'Timeline'),
      htmlTable(COLUMNS, rows.map(tableRow), 'Each row sums up the time since the row before it.'),
    ],
  });
}

/** Draws one of two pictures; the reader's screen decides which one is visible, also to screen readers. */
function picture(chart: TimeChart, widthPx: number, name: 'wide' | 'narrow'): Markup {
  return element('div', { class: name }, drawTimeChart(chart, { widthPx, idPrefix: `${name}-`, standalone: false }));
}

function pictureText(row: ConnectionRow, zone?: Zone): PictureText {
  const ends = endpoints(row);
  const { verdict, nextStep } = connectionAnswer(row);
  return {
    title: `TCP connection ${ends}`,
    heading: [],
    origin: clock(row.startTime, zone),
    answer: `${verdict} ${nextStep}`,
  };
}

const COLUMNS: readonly HtmlColumn[] = [
  { title: 'until', kind: 'number' },
  { title: 'sent', kind: 'number' },
  { title: 'received', kind: 'number' },
  { title: 'RTT', kind: 'number' },
  { title: 'cwnd', kind: 'number' },
  { title: 'in flight', kind: 'number' },
  { title: 'retransmitted', kind: 'number' },
  { title: 'limited by', kind: 'word' },
  { title: 'state', kind: 'word' },
];

function tableRow({ fromUs, toUs, cell }: TimelineRow): string[] {
  const { grown, gauges, limit, entered } = cell;
  const rate = (bytes: number | null): string =>
    formatQuantity(bytes === null || toUs <= fromUs ? null : (bytes * 1e6) / (toUs - fromUs), 'rate');
  return [
    `${(toUs / 1e6).toFixed(3)} s`,
    rate(grown.bytesSent ?? grown.bytesAcked),
    rate(grown.bytesReceived),
    formatQuantity(gauges.rttUs.extent?.last ?? null, 'duration'),
    formatQuantity(gauges.cwndBytes.extent?.last ?? null, 'bytes'),
    formatQuantity(gauges.flightBytes.extent?.last ?? null, 'bytes'),
    grown.totalRetrans === null ? '–' : formatCount(grown.totalRetrans),
    limit === undefined ? '' : limitLabel(limit.name),
    entered.map(tcpStateName).join(' → '),
  ];
}

/** Splits a fact: the first part is shown large, the rest small. */
function split(text: string): { value: string; also?: string } {
  const at = text.indexOf(', ');
  return at === -1 ? { value: text } : { value: text.slice(0, at), also: text.slice(at + 2) };
}
