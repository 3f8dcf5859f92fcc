import type { RowJson } from '../../live/wire/index.js';
import { formatQuantity, ownLetters, printable } from '../chart/index.js';
import { type Look, processText, rateText } from '../rows/index.js';
import { axisLine, chartBlock, chartHeight, chartWidth, LABEL, last, limitLanes, mark, most } from './chart-block.js';
import { type Line, line, span } from './line.js';
import type { Detail, OtherEnd } from './model.js';
import { rowEnds } from './row-ends.js';
import type { TimelineJson } from './source.js';
import { type TimelineSeries, type TimelineWindow, timelineSeries } from './timeline-series.js';

/** Lines besides the charts: ends, titles, lanes. */
const OTHER_LINES = 17;
const CHARTS = 3;

/** End of a local connection. */
interface End {
  readonly name: 'A' | 'B';
  readonly row: RowJson;
  readonly series: TimelineSeries;
}

/** Draws both ends of a local connection on one axis: window and limits of the sender, queue of the receiver. */
export function pairLines(detail: Detail, columns: number, rows: number, look: Look): Line[] {
  const { answer, row, timeline, other, error } = detail;
  const own: RowJson = answer ?? row;
  const lines: Line[] = [endLine('A', own, look)];
  if (other === undefined || timeline === undefined) {
    if (error !== undefined) return [...lines, line(printable(error, look), 'warning')];
    return [...lines, line(ownLetters('Reading both timelines …', look), 'faint')];
  }
  lines.push(endLine('B', other.row, look), line(agreement(other), 'faint'), []);
  const window = windowOf([timeline, other.timeline]);
  const width = chartWidth(columns);
  const a: End = { name: 'A', row: own, series: timelineSeries(timeline, width, window) };
  const b: End = { name: 'B', row: other.row, series: timelineSeries(other.timeline, width, window) };
  const [sender, receiver] = most(b.series.sent) > most(a.series.sent) ? [b, a] : [a, b];
  return [
    ...lines,
    ...senderLines(sender, receiver, { height: chartHeight(rows, OTHER_LINES, CHARTS), look }),
    ...limitLanes(`${sender.name} limited by`, sender.series.limits, look),
    ...limitLanes(`${receiver.name} limited by`, receiver.series.limits, look),
    axisLine(window.spanUs, width, look),
  ];
}

function endLine(name: string, row: RowJson, look: Look): Line {
  const { uuid } = row;
  const apart = ownLetters(' · ', look);
  return [
    span(`${name} ${processText(row, look, LABEL * 3)}${apart}${rowEnds(row, look)}`, 'heading'),
    span(`${apart}${printable(uuid ?? '', look)}`, 'faint'),
  ];
}

function agreement({ row }: OtherEnd): string {
  const agrees = row.pair?.agrees ?? null;
  if (agrees === null) return 'Both ends of one connection.';
  return agrees
    ? 'Both ends of one connection: each received what the other had acknowledged.'
    : 'Both ends of one connection, and they do not agree: something on the way answers for one of them.';
}

function senderLines(
  sender: End,
  receiver: End,
  { height, look }: { readonly height: number; readonly look: Look },
): Line[] {
  const duration = (value: number): string => formatQuantity(value, 'duration');
  const bytes = (value: number): string => formatQuantity(value, 'bytes');
  const rate = (value: number): string => rateText(value, look);
  const thin = mark('thin', look);
  const { sent, rttUs, flightBytes, cwndBytes, windowBytes } = sender.series;
  const { received } = receiver.series;
  const queue = receiver.row.now?.rqueueBytes ?? null;
  const unread = queue === null ? '' : `, unread there ${bytes(queue)}`;
  const inFlightMax = most(flightBytes, cwndBytes);
  const drawnWindow = windowBytes.map((value) => (value !== null && value <= inFlightMax ? value : null));
  const windowMark = drawnWindow.some((value) => value !== null) ? `${mark('thick', look)} ` : '';
  return [
    ...chartBlock(
      `${sender.name} sent ${rate(last(sent))}, ${receiver.name} received ${thin} ${rate(last(received))}${unread}`,
      {
        filled: sent,
        lines: [{ values: received, style: 'second', letter: 'thin' }],
        max: most(sent, received),
      },
      height,
      { look, format: rate },
    ),
    ...chartBlock(
      `In flight of ${sender.name} ${bytes(last(flightBytes))}, cwnd ${thin} ${bytes(last(cwndBytes))}, ` +
        `window of ${receiver.name} ${windowMark}${bytes(last(windowBytes))}`,
      {
        filled: flightBytes,
        lines: [
          { values: cwndBytes, style: 'second', letter: 'thin' },
          { values: drawnWindow, style: 'warning', letter: 'thick' },
        ],
        max: inFlightMax,
      },
      height,
      { look, format: bytes },
    ),
    ...chartBlock(
      `RTT of ${sender.name} ${duration(last(rttUs))}, of ${receiver.name} ${thin} ${duration(last(receiver.series.rttUs))}`,
      {
        filled: rttUs,
        lines: [{ values: receiver.series.rttUs, style: 'second', letter: 'thin' }],
        max: most(rttUs, receiver.series.rttUs),
      },
      height,
      { look, format: duration },
    ),
  ];
}

/** Returns the time in which any of the timelines has a cell. */
function windowOf(timelines: readonly TimelineJson[]): TimelineWindow {
  const known = timelines.flatMap(({ startUs, spanUs, widthUs }) =>
    startUs === null ? [] : [{ startUs, untilUs: startUs + Math.max(spanUs, widthUs, 1) }],
  );
  if (known.length === 0) return { startUs: 0, spanUs: 1 };
  const startUs = Math.min(...known.map((each) => each.startUs));
  return { startUs, spanUs: Math.max(...known.map(({ untilUs }) => untilUs)) - startUs };
}
