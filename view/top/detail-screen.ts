import type { RowJson } from '../../live/wire/index.js';
import { formatQuantity, ownLetters, printable } from '../chart/index.js';
import { endpoints, limitLabel } from '../index.js';
import { ageText, type Look, processText, rateText, wrapText } from '../rows/index.js';
import { connectionAnswer } from '../verdict/index.js';
import { detailFacts } from './detail-facts.js';
import { exchangeLines } from './http-screen.js';
import { type Line, line, lineWidth, span } from './line.js';
import type { Detail } from './model.js';
import type { TimelineJson } from './source.js';
import { drawLane, drawTextChart, type Series, type TextChart } from './text-chart.js';
import { timelineSeries } from './timeline-series.js';

/** Columns for labels at the left of charts. */
const LABEL = 12;
const LEAST_CHART = 2;
const HIGHEST_CHART = 8;
/** Lines besides the charts: header, answer, titles, lanes. */
const OTHER_LINES = 15;
const CHARTS = 3;
/** Columns from which on lines are not made longer, because long ones are hard to read. */
const LONGEST_LINE = 110;

/** Draws the drill-down of a connection: the answer, charts over time, and facts. */
export function detailLines(detail: Detail, columns: number, rows: number, look: Look): Line[] {
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
  const { connection, uuid } = row;
  const ends = endpoints(
    {
      localAddress: connection?.localAddress ?? null,
      localPort: connection?.localPort ?? null,
      remoteAddress: connection?.remoteAddress ?? null,
      remotePort: connection?.remotePort ?? null,
    },
    look.unicode ? '→' : '->',
  );
  const apart = ownLetters(' · ', look);
  const first: Line = [
    span(processText(row, look, LABEL * 3), 'heading'),
    span(`${apart}${printable(ends, look)}`, 'heading'),
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
  const width = Math.max(10, columns - LABEL - 2);
  const series = timelineSeries(timeline, width);
  const height = Math.max(LEAST_CHART, Math.min(HIGHEST_CHART, Math.floor((rows - OTHER_LINES) / CHARTS)));
  const chart = (title: string, text: TextChart, format: (value: number) => string): Line[] => [
    titleLine(title, look),
    ...drawTextChart(text, height, look.unicode).map((each, i) => [
      span(`${scale(i, height, text.max, format, look)} `, 'faint'),
      ...each,
    ]),
  ];
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
    titleLine('Limited by', look),
    ...series.limits.map(
      ({ name, shares }): Line => [
        span(`${limitName(name).padStart(LABEL)} `, 'faint'),
        ...drawLane(shares, look.unicode),
      ],
    ),
    ...(series.limits.length === 0 ? [line(`${' '.repeat(LABEL + 1)}not known yet`, 'faint')] : []),
    axis(timeline, width, look),
  ];
}

/** Returns the label of a limit that fits beside a chart. */
function limitName(name: Parameters<typeof limitLabel>[0]): string {
  const label = limitLabel(name);
  return label.length <= LABEL ? label : name;
}

function titleLine(text: string, look: Look): Line {
  return line(ownLetters(text, look), 'heading');
}

function mark(letter: 'thin' | 'thick', { unicode }: Look): string {
  return letter === 'thin' ? (unicode ? '─' : '-') : unicode ? '═' : '=';
}

/** Returns the label of a chart's line: the largest value at the top, 0 at the bottom. */
function scale(i: number, height: number, max: number, format: (value: number) => string, look: Look): string {
  const text = i === 0 ? (max > 0 ? format(max) : '') : i === height - 1 ? '0' : '';
  return ownLetters(text, look).padStart(LABEL);
}

/** Returns the line below the charts: how far back they go. */
function axis({ spanUs, widthUs }: TimelineJson, width: number, look: Look): Line {
  const from = `${ageText(Math.max(spanUs, widthUs))} ago`;
  const to = 'last record';
  return line(
    `${' '.repeat(LABEL + 1)}${ownLetters(from, look)}${to.padStart(Math.max(0, width - from.length))}`,
    'faint',
  );
}

function most(...series: readonly Series[]): number {
  let max = 0;
  for (const values of series) for (const value of values) max = Math.max(max, value ?? 0);
  return max;
}

function last(values: Series): number {
  return values.findLast((value) => value !== null) ?? 0;
}
