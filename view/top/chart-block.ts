import type { LimitedBy } from '../../analysis/index.js';
import { ownLetters } from '../chart/index.js';
import { limitLabel } from '../index.js';
import { ageText, type Look } from '../rows/index.js';
import { type Line, line, span } from './line.js';
import { drawLane, drawTextChart, type Series, type TextChart } from './text-chart.js';
import type { TimelineSeries } from './timeline-series.js';

/** Columns for labels at the left of charts. */
export const LABEL = 12;
const LEAST_CHART = 2;
const HIGHEST_CHART = 8;

/** Returns the width of charts on a screen. */
export function chartWidth(columns: number): number {
  return Math.max(10, columns - LABEL - 2);
}

/** Returns the height of each of some charts on a screen with other lines, too. */
export function chartHeight(rows: number, otherLines: number, charts: number): number {
  return Math.max(LEAST_CHART, Math.min(HIGHEST_CHART, Math.floor((rows - otherLines) / charts)));
}

/** Returns a chart with its title and scale. */
export function chartBlock(
  title: string,
  chart: TextChart,
  height: number,
  { look, format }: { readonly look: Look; readonly format: (value: number) => string },
): Line[] {
  return [
    titleLine(title, look),
    ...drawTextChart(chart, height, look.unicode).map((each, i) => [
      span(`${scale(i, height, chart.max, format, look)} `, 'faint'),
      ...each,
    ]),
  ];
}

/** Returns the lanes of what limited a connection. */
export function limitLanes(title: string, limits: TimelineSeries['limits'], look: Look): Line[] {
  return [
    titleLine(title, look),
    ...limits.map(
      ({ name, shares }): Line => [
        span(`${limitName(name).padStart(LABEL)} `, 'faint'),
        ...drawLane(shares, look.unicode),
      ],
    ),
    ...(limits.length === 0 ? [line(`${' '.repeat(LABEL + 1)}not known yet`, 'faint')] : []),
  ];
}

/** Returns the line below charts: how far back they go. */
export function axisLine(spanUs: number, width: number, look: Look): Line {
  const from = `${ageText(spanUs)} ago`;
  const to = 'last record';
  return line(
    `${' '.repeat(LABEL + 1)}${ownLetters(from, look)}${to.padStart(Math.max(0, width - from.length))}`,
    'faint',
  );
}

/** Returns a line in the style of headings. */
export function titleLine(text: string, look: Look): Line {
  return line(ownLetters(text, look), 'heading');
}

/** Returns the mark of a line in the title of its chart. */
export function mark(letter: 'thin' | 'thick', { unicode }: Look): string {
  return letter === 'thin' ? (unicode ? '─' : '-') : unicode ? '═' : '=';
}

/** Returns the largest value; 0 without one. */
export function most(...series: readonly Series[]): number {
  let max = 0;
  for (const values of series) for (const value of values) max = Math.max(max, value ?? 0);
  return max;
}

/** Returns the last known value; 0 without one. */
export function last(values: Series): number {
  return values.findLast((value) => value !== null) ?? 0;
}

/** Returns the label of a limit that fits beside a chart. */
function limitName(name: LimitedBy): string {
  const label = limitLabel(name);
  return label.length <= LABEL ? label : name;
}

/** Returns the label of a chart's line: the largest value at the top, 0 at the bottom. */
function scale(i: number, height: number, max: number, format: (value: number) => string, look: Look): string {
  const text = i === 0 ? (max > 0 ? format(max) : '') : i === height - 1 ? '0' : '';
  return ownLetters(text, look).padStart(LABEL);
}
