import type { RowJson } from '../../live/wire/index.js';
import { formatQuantity, ownLetters, printable } from '../chart/index.js';
import { type Look, processText, rateText, wrapText } from '../rows/index.js';
import { connectionAnswer } from '../verdict/index.js';
import { axisLine, chartBlock, chartHeight, chartWidth, LABEL, last, limitLanes, mark, most } from './chart-block.js';
import { detailFacts } from './detail-facts.js';
import { exchangeLines } from './http-screen.js';
import { type Line, line, lineWidth, span } from './line.js';
import type { Detail } from './model.js';
import { pairLines } from './pair-screen.js';
import { rowEnds } from './row-ends.js';
import type { TimelineJson } from './source.js';
import type { TextChart } from './text-chart.js';
import { timelineSeries } from './timeline-series.js';

/** Lines besides the charts: header, answer, titles, lanes. */
const OTHER_LINES = 15;
const CHARTS = 3;
/** Columns from which on lines are not made longer, because long ones are hard to read. */
const LONGEST_LINE = 110;

/** Draws the drill-down of a connection: the answer, charts over time, and facts. */
export function detailLines(detail: Detail, columns: number, rows: number, look: Look): Line[] {
  if (detail.isPaired === true) return pairLines(detail, columns, rows, look);
  const { row, answer, timeline, error } = detail;
  const shown: RowJson = answer ?? row;
  const lines: Line[] = header(shown, columns, look);
  if (error !== undefined) lines.push(line(printable(error, look), 'warning'));
  if (timeline === undefined) {
    if (error === undefined) lines.push(line(ownLetters('Reading the timeline …', look), 'faint'));
  } else {
    lines.push(...answerLines(timeline, columns, look), ...chartLines(timeline, columns, rows, look));
  }
  const http = exchangeLines(detail.exchanges ?? [], columns, look);
  return [...lines, [], ...http, ...detailFacts(shown, answer, columns, look)];
}

function header(row: RowJson, columns: number, look: Look): Line[] {
  const { uuid } = row;
  const apart = ownLetters(' · ', look);
  const first: Line = [
    span(processText(row, look, LABEL * 3), 'heading'),
    span(`${apart}${rowEnds(row, look)}`, 'heading'),
  ];
  if (uuid === undefined) return [first];
  const id = printable(uuid, look);
  // The UUID is never cut: it has a line of its own if it does not fit.
  const whole: Line = [...first, span(apart, 'faint'), span(id, 'faint')];
  return lineWidth(whole) <= columns ? [whole] : [first, line(id, 'faint')];
}

function answerLines({ connection }: TimelineJson, columns: number, look: Look): Line[] {
  const { verdict, evidence, nextStep } = connectionAnswer(connection);
  const width = Math.min(columns, LONGEST_LINE);
  const safe = (text: string): string => printable(ownLetters(text, look), look);
  const labelled = (label: string, text: string): Line[] =>
    wrapText(safe(text), width - LABEL, look.unicode).map((part, i) => [
      span((i === 0 ? label : '').padEnd(LABEL), 'faint'),
      span(part),
    ]);
  return [
    ...wrapText(safe(verdict), width, look.unicode).map((part) => line(part, 'heading')),
    ...labelled('next step', nextStep),
    ...labelled('evidence', evidence),
    [],
  ];
}

function chartLines(timeline: TimelineJson, columns: number, rows: number, look: Look): Line[] {
  const width = chartWidth(columns);
  const series = timelineSeries(timeline, width);
  const height = chartHeight(rows, OTHER_LINES, CHARTS);
  const chart = (title: string, text: TextChart, format: (value: number) => string): Line[] =>
    chartBlock(title, text, height, { look, format });
  const duration = (value: number): string => formatQuantity(value, 'duration');
  const bytes = (value: number): string => formatQuantity(value, 'bytes');
  const { rttUs, minRttUs, cwndBytes, flightBytes, windowBytes, sent, received } = series;
  const isReceiving = most(received) > most(sent);
  const [busy, other] = isReceiving ? [received, sent] : [sent, received];
  const windowMax = most(flightBytes, cwndBytes);
  const drawnWindow = windowBytes.map((value) => (value !== null && value <= windowMax ? value : null));
  // The legend has no line that is not drawn.
  const windowMark = drawnWindow.some((value) => value !== null) ? `${mark('thick', look)} ` : '';
  return [
    ...chart(
      `RTT ${duration(last(rttUs))}, of it min ${duration(last(minRttUs))}`,
      { filled: rttUs, base: minRttUs, max: most(rttUs) },
      duration,
    ),
    ...chart(
      `In flight ${bytes(last(flightBytes))}, cwnd ${mark('thin', look)} ${bytes(last(cwndBytes))}, ` +
        `window ${windowMark}${bytes(last(windowBytes))}`,
      {
        filled: flightBytes,
        // A window far above the others would make them flat; the title has its value.
        lines: [
          { values: cwndBytes, style: 'second', letter: 'thin' },
          {
            values: drawnWindow,
            style: 'warning',
            letter: 'thick',
          },
        ],
        max: windowMax,
      },
      bytes,
    ),
    ...chart(
      `${isReceiving ? 'Received' : 'Sent'} ${rateText(last(busy), look)}, ` +
        `${isReceiving ? 'sent' : 'received'} ${mark('thin', look)} ${rateText(last(other), look)}`,
      { filled: busy, lines: [{ values: other, style: 'second', letter: 'thin' }], max: most(busy) },
      (value) => rateText(value, look),
    ),
    ...limitLanes('Limited by', series.limits, look),
    axisLine(Math.max(timeline.spanUs, timeline.widthUs), width, look),
  ];
}
