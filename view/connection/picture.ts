import {
  type Bucket,
  type Colour,
  type Dash,
  formatCount,
  formatQuantity,
  formatShare,
  formatThings,
  type Line,
  type LinePoint,
  type Panel,
  type Quantity,
  type Span,
  type TimeChart,
} from '../chart/index.js';
import { LIMITS } from '../index.js';
import type { ShownTimeline } from './shown.js';
import type { Cell, Counter, Gauge } from './timeline-cell.js';

/** Texts around the picture. */
export interface PictureText {
  readonly title: string;
  readonly heading: readonly string[];
  readonly footer?: string;
  /** Time of the first snapshot, in words. */
  readonly origin: string;
  /** Sentences before the description of the picture. */
  readonly answer?: string;
}

/** Intervals for sums of throughput and retransmits: wide enough to read as bars and steps. */
const BINS = 200;
/** Steps of the share that a lane's bars show, so that equal neighbours join. */
const SHARE_STEPS = 4;

/** Converts a timeline to a picture. */
export function timelinePicture(timeline: ShownTimeline, text: PictureText): TimeChart {
  const cells = timeline.cells();
  const { spanUs, cellUs } = timeline;
  const bins = toBins(cells, spanUs, cellUs);
  const over = formatQuantity(bins.widthUs, 'duration');
  const panels: Panel[] = [
    {
      kind: 'lines',
      title: 'Throughput',
      quantity: 'rate',
      lines: visible([
        rateLine('sent', 'blue', 'solid', bins, 'bytesSent'),
        rateLine('acknowledged', 'orange', 'dashed', bins, 'bytesAcked'),
        rateLine('received', 'green', 'dotted', bins, 'bytesReceived'),
      ]),
      note: `each step is the mean over ${over}`,
    },
    gaugePanel('Round-trip time', 'duration', cells, [
      ['rttUs', 'smoothed RTT', 'blue', 'solid'],
      ['minRttUs', 'minimum RTT', 'orange', 'dashed'],
    ]),
    windowPanel(cells),
    {
      kind: 'bars',
      title: 'Retransmitted packets',
      quantity: 'count',
      colour: 'orange',
      bars: binSpans(bins, 'totalRetrans'),
      note: `${formatCount(total(cells, 'totalRetrans'))} in all; each bar is ${over}`,
    },
    limitPanel(cells, cellUs, spanUs),
  ];
  const { answer, ...around } = text;
  const description = [answer, describe(cells, spanUs)].filter((each) => each !== undefined).join(' ');
  return { ...around, spanUs, description, panels };
}

/** Sums of neighbouring cells; at most twice {@link BINS}. */
interface Bins {
  readonly widthUs: number;
  readonly spanUs: number;
  /** Sums by bin number. */
  readonly sums: ReadonlyMap<number, Readonly<Record<Counter, number>>>;
}

function toBins(cells: readonly Bucket<Cell>[], spanUs: number, cellUs: number): Bins {
  const widthUs = Math.max(1, Math.ceil(spanUs / cellUs / BINS)) * cellUs;
  const sums = new Map<number, Record<Counter, number>>();
  for (const { startUs, value } of cells) {
    const bin = Math.floor(startUs / widthUs);
    const sum = sums.get(bin) ?? { bytesSent: 0, bytesAcked: 0, bytesReceived: 0, totalRetrans: 0 };
    for (const [counter, grown] of Object.entries(value.grown) as [Counter, number | null][])
      sum[counter] += grown ?? 0;
    sums.set(bin, sum);
  }
  return { widthUs, spanUs, sums };
}

/** Returns every bin; bins without data count as throughput 0. */
function binSpans({ widthUs, spanUs, sums }: Bins, counter: Counter): Span[] {
  return Array.from({ length: Math.floor(spanUs / widthUs) + 1 }, (_, bin) => ({
    fromUs: bin * widthUs,
    toUs: Math.max(bin * widthUs, Math.min(spanUs, (bin + 1) * widthUs)),
    value: sums.get(bin)?.[counter] ?? 0,
  }));
}

function rateLine(label: string, colour: Colour, dash: Dash, bins: Bins, counter: Counter): Line {
  const points = binSpans(bins, counter).flatMap(({ fromUs, toUs, value }): LinePoint[] => {
    // The last bin may be almost empty of time, which would turn any byte into a huge rate.
    const us = toUs - fromUs < bins.widthUs / 2 ? bins.widthUs : toUs - fromUs;
    const rate = (value * 1e6) / us;
    return [{ timeUs: fromUs, extent: { first: rate, low: rate, high: rate, last: rate } }];
  });
  return { label, colour, dash, points };
}

/** Drops lines that would lie on the axis next to the others. */
function visible(lines: readonly Line[]): Line[] {
  const highest = ({ points }: Line): number => points.reduce((most, { extent }) => Math.max(most, extent.high), 0);
  const most = Math.max(0, ...lines.map(highest));
  return lines.filter((line) => highest(line) > most / 200);
}

function isUsed({ points }: Line): boolean {
  return points.some(({ extent }) => extent.high > 0);
}

type GaugeLine = readonly [gauge: Gauge, label: string, colour: Colour, dash: Dash];

function gaugePanel(
  title: string,
  quantity: Quantity,
  cells: readonly Bucket<Cell>[],
  lines: readonly GaugeLine[],
): Panel {
  return { kind: 'lines', title, quantity, lines: lines.map((line) => gaugeLine(cells, line)).filter(isUsed) };
}

function gaugeLine(cells: readonly Bucket<Cell>[], [gauge, label, colour, dash]: GaugeLine): Line {
  const points = cells.flatMap(({ startUs, value }): LinePoint[] => {
    const { extent } = value.gauges[gauge];
    return extent === undefined ? [] : [{ timeUs: startUs, extent }];
  });
  return { label, colour, dash, points };
}

/** Draws the receiver window only if it is near the other lines: a far higher one would flatten them. */
function windowPanel(cells: readonly Bucket<Cell>[]): Panel {
  const lines: Line[] = [
    gaugeLine(cells, ['cwndBytes', 'congestion window', 'blue', 'solid']),
    gaugeLine(cells, ['flightBytes', 'in flight', 'orange', 'solid']),
  ].filter(isUsed);
  const highest = lines.reduce(
    (max, { points }) => points.reduce((most, { extent }) => Math.max(most, extent.high), max),
    0,
  );
  const window = gaugeLine(cells, ['windowBytes', 'receiver window', 'purple', 'dotted']);
  const clipped = window.points.map(({ timeUs, extent }) => ({ timeUs, extent: clip(extent, highest * 1.1) }));
  const matters = window.points.some(({ extent }) => extent.low <= highest * 1.1);
  return {
    kind: 'lines',
    title: 'Windows and bytes in flight',
    quantity: 'bytes',
    lines: matters && isUsed(window) ? [...lines, { ...window, points: clipped }] : lines,
  };
}

function clip(extent: LinePoint['extent'], max: number): LinePoint['extent'] {
  const [first, low, high, last] = [extent.first, extent.low, extent.high, extent.last].map((v) => Math.min(v, max));
  return { first: first ?? 0, low: low ?? 0, high: high ?? 0, last: last ?? 0 };
}

function limitPanel(cells: readonly Bucket<Cell>[], cellUs: number, spanUs: number): Panel {
  const totals = limitTotals(cells);
  const known = totals.reduce((sum, us) => sum + us, 0);
  const lanes = LIMITS.flatMap(({ label, colour }, i) => {
    const us = totals[i] ?? 0;
    if (us === 0) return [];
    return [{ label, colour, figure: formatShare(us / known), spans: laneSpans(cells, i, cellUs, spanUs) }];
  });
  return { kind: 'lanes', title: 'Limited by', lanes };
}

/** Returns microseconds limited by each cause, in the order of {@link LIMITS}. */
export function limitTotals(cells: readonly Bucket<Cell>[]): number[] {
  return LIMITS.map((_, i) => cells.reduce((sum, { value }) => sum + (value.limitedUs[i] ?? 0), 0));
}

/** Joins neighbouring cells with the same share of limited time, in quarters. */
function laneSpans(cells: readonly Bucket<Cell>[], limit: number, cellUs: number, spanUs: number): Span[] {
  const spans: { fromUs: number; toUs: number; value: number }[] = [];
  for (const { startUs, value } of cells) {
    const us = value.limitedUs[limit] ?? 0;
    if (us === 0) continue;
    const share = Math.ceil((Math.min(us, cellUs) / cellUs) * SHARE_STEPS) / SHARE_STEPS;
    const last = spans.at(-1);
    if (last !== undefined && last.toUs >= startUs && last.value === share) last.toUs = startUs + cellUs;
    else spans.push({ fromUs: startUs, toUs: Math.min(spanUs, startUs + cellUs), value: share });
  }
  return spans;
}

function total(cells: readonly Bucket<Cell>[], counter: Counter): number {
  return cells.reduce((sum, { value }) => sum + (value.grown[counter] ?? 0), 0);
}

/** Describes the picture for people who cannot see it. */
function describe(cells: readonly Bucket<Cell>[], spanUs: number): string {
  const sentences = [`${formatQuantity(spanUs, 'duration')} of one TCP connection, in panels over one axis of time.`];
  const moved = (['bytesSent', 'bytesReceived'] as const).map((counter) =>
    formatQuantity(total(cells, counter), 'bytes'),
  );
  sentences.push(
    `${moved[0]} sent, ${moved[1]} received, ${formatThings(total(cells, 'totalRetrans'), 'packet')} retransmitted.`,
  );
  const rtt = cells.flatMap(({ value }) => value.gauges.rttUs.extent ?? []);
  if (rtt.length > 0) {
    const [low, high] = [Math.min(...rtt.map((each) => each.low)), Math.max(...rtt.map((each) => each.high))];
    sentences.push(`Smoothed RTT from ${formatQuantity(low, 'duration')} to ${formatQuantity(high, 'duration')}.`);
  }
  const totals = limitTotals(cells);
  const known = totals.reduce((sum, us) => sum + us, 0);
  const shares = LIMITS.flatMap(({ label }, i) => {
    const us = totals[i] ?? 0;
    return us > 0 ? [`${label} ${formatShare(us / known)}`] : [];
  });
  if (shares.length > 0) sentences.push(`Time limited by: ${shares.join(', ')}.`);
  return sentences.join(' ');
}
