import type { LimitedBy } from '../../analysis/index.js';
import { LIMITS } from '../index.js';
import type { ExtentJson, TimelineCellJson, TimelineJson } from './source.js';
import type { Series } from './text-chart.js';

/** Timeline as series with one value for each column of a chart. */
export interface TimelineSeries {
  readonly rttUs: Series;
  readonly minRttUs: Series;
  readonly cwndBytes: Series;
  readonly flightBytes: Series;
  readonly windowBytes: Series;
  /** Bytes per second. */
  readonly sent: Series;
  /** Bytes per second. */
  readonly received: Series;
  /** Retransmitted packets in each column. */
  readonly retransmitted: Series;
  /** Share of each cause that occurs, in the order of {@link LIMITS}. */
  readonly limits: readonly { readonly name: LimitedBy; readonly shares: Series }[];
}

const GAUGES = ['rttUs', 'minRttUs', 'cwndBytes', 'flightBytes', 'windowBytes'] as const;
type Gauge = (typeof GAUGES)[number];

/** Time that a chart shows. */
export interface TimelineWindow {
  /** Microseconds since 1970. */
  readonly startUs: number;
  readonly spanUs: number;
}

/**
 * Divides a timeline into `width` columns. Without a record nothing has changed: gauges stay, rates are 0.
 * @param window time of all columns (default: that of the timeline)
 */
export function timelineSeries(json: TimelineJson, width: number, window?: TimelineWindow): TimelineSeries {
  const { timeline, startUs, spanUs, widthUs } = json;
  const columnUs = (window?.spanUs ?? Math.max(spanUs, widthUs, 1)) / width;
  const fromUs = window === undefined ? 0 : window.startUs - (startUs ?? window.startUs);
  const columns = Array.from({ length: width }, (_, i) =>
    cellsWithin(timeline, fromUs + i * columnUs, columnUs, widthUs),
  );
  const rate = (read: (cell: TimelineCellJson) => number | null): Series =>
    columns.map((parts) => (1e6 * amount(parts, read)) / columnUs);
  const bytesSent = (cell: TimelineCellJson): number | null => cell.bytesSent ?? cell.bytesAcked;
  return {
    ...(Object.fromEntries(GAUGES.map((gauge) => [gauge, gaugeSeries(columns, gauge)])) as Record<Gauge, Series>),
    sent: rate(bytesSent),
    received: rate((cell) => cell.bytesReceived),
    retransmitted: columns.map((parts) => amount(parts, (cell) => cell.totalRetrans)),
    limits: LIMITS.flatMap(({ name }) => {
      const shares = columns.map((parts) => share(parts, name));
      return shares.some((each) => (each ?? 0) > 0) ? [{ name, shares }] : [];
    }),
  };
}

/** Cell, and the part of it that is within a column. */
interface Part {
  readonly cell: TimelineCellJson;
  readonly part: number;
}

function cellsWithin(cells: readonly TimelineCellJson[], from: number, columnUs: number, widthUs: number): Part[] {
  // Cells are in order: the first one that may touch the column is found by halving.
  let [low, high] = [0, cells.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cells[middle]?.fromUs ?? 0) + widthUs <= from) low = middle + 1;
    else high = middle;
  }
  const parts: Part[] = [];
  for (let i = low; i < cells.length; i++) {
    const cell = cells[i];
    if (cell === undefined || cell.fromUs >= from + columnUs) break;
    const us = Math.min(from + columnUs, cell.fromUs + widthUs) - Math.max(from, cell.fromUs);
    if (us > 0) parts.push({ cell, part: us / widthUs });
  }
  return parts;
}

function amount(parts: readonly Part[], read: (cell: TimelineCellJson) => number | null): number {
  return parts.reduce((sum, { cell, part }) => sum + (read(cell) ?? 0) * part, 0);
}

function gaugeSeries(columns: readonly (readonly Part[])[], gauge: Gauge): Series {
  let last: number | null = null;
  return columns.map((parts) => {
    const extents: ExtentJson[] = parts.flatMap(({ cell }) => cell[gauge] ?? []);
    if (extents.length === 0) return last;
    last = extents.at(-1)?.last ?? null;
    // Peaks of round-trip time and flight are what is looked for.
    return gauge === 'rttUs' || gauge === 'flightBytes' ? Math.max(...extents.map(({ max }) => max)) : last;
  });
}

function share(parts: readonly Part[], name: LimitedBy): number | null {
  let [known, own] = [0, 0];
  for (const { cell, part } of parts) {
    for (const us of Object.values(cell.limitedUs)) known += us * part;
    own += (cell.limitedUs[name] ?? 0) * part;
  }
  return known === 0 ? null : own / known;
}
