import type { Colour, Dash } from '../../view/chart/index.js';
import type { ChartRange } from './chart-frame.js';

/** Values over time, one for each moment of the chart; null where nothing is known. */
export type ChartValues = readonly (number | null)[];

/** Line or bars of a chart. A value holds from its moment to the next one. */
export interface ChartSeries {
  readonly label: string;
  readonly colour: Colour;
  readonly dash: Dash;
  readonly values: ChartValues;
  /** Smallest and largest values, drawn as a band around the line. */
  readonly band?: { readonly low: ChartValues; readonly high: ChartValues } | undefined;
}

/** Most points of a series: a screen has fewer columns of pixels. */
export const MAX_POINTS = 4096;

/** Returns the index of the value that holds at a moment: of the last time not after it; -1 before the first. */
export function indexAt(timesMs: readonly number[], timeMs: number): number {
  let [low, high] = [0, timesMs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timesMs[middle] ?? 0) <= timeMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Returns the largest value in a range, that of bands included; 0 without values. */
export function largestIn(
  timesMs: readonly number[],
  series: readonly ChartSeries[],
  { fromMs, untilMs }: ChartRange,
): number {
  const first = Math.max(0, indexAt(timesMs, fromMs));
  const last = indexAt(timesMs, untilMs);
  let max = 0;
  for (const { values, band } of series) {
    for (let i = first; i <= last; i++) max = Math.max(max, band?.high[i] ?? 0, values[i] ?? 0);
  }
  return max;
}

/** Returns the last known value up to a moment; null without one. */
export function lastValue(timesMs: readonly number[], values: ChartValues, timeMs: number): number | null {
  for (let i = indexAt(timesMs, timeMs); i >= 0; i--) {
    const value = values[i] ?? null;
    if (value !== null) return value;
  }
  return null;
}
