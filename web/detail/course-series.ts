import { LIMITS, type LimitName } from '../../view/words/index.js';
import type { ChartRange, ChartValues } from '../charts/index.js';
import { type CellJson, type CourseCell, GAUGES, type Gauge, joined } from './course.js';

/** Course of a connection in stretches of equal length, as charts draw it. */
export interface CourseSeries {
  /** Starts of the stretches, milliseconds since 1970. */
  readonly timesMs: readonly number[];
  readonly stepMs: number;
  /** Mean rates in each stretch, bytes a second. Time without a record counts as 0. */
  readonly sent: ChartValues;
  readonly acked: ChartValues;
  readonly received: ChartValues;
  /** Retransmitted packets in each stretch. */
  readonly retransmitted: ChartValues;
  readonly gauges: Readonly<Record<Gauge, GaugeSeries>>;
  /** Causes that took any time, in the order of {@link LIMITS}. */
  readonly limits: readonly LimitSeries[];
}

/** Value that holds at a moment: the last one of each stretch, with the smallest and largest. */
export interface GaugeSeries {
  readonly values: ChartValues;
  readonly low: ChartValues;
  readonly high: ChartValues;
}

/** Shares of time that a cause held the connection back. */
export interface LimitSeries {
  readonly name: LimitName;
  readonly shares: ChartValues;
  /** Share of all known time in the range. */
  readonly total: number;
}

/** Time that is known: from its first record to its end, or to the last message. */
export interface KnownTime {
  readonly fromUs: number;
  readonly untilUs: number;
  /** True if more may come: a stretch that has only begun says nothing yet. */
  readonly isGrowing: boolean;
}

/** Resolution of a course. */
export interface Resolution {
  /** Most stretches. */
  readonly most: number;
  /**
   * True if sums must not be divided: stretches are then as long as the longest cell, unless that leaves too few of
   * them. Else they are as short as the shortest.
   */
  readonly isWhole: boolean;
  /** Least length of a stretch, milliseconds, so that it equals that of another course. */
  readonly leastMs?: number;
}

/**
 * Divides a range into stretches, which begin at multiples of their length. Within the known time no
 * record means that nothing has changed: gauges stay, rates are 0. Outside it values are null.
 */
export function courseSeries(
  cells: readonly CourseCell[],
  range: ChartRange,
  known: KnownTime,
  resolution: Resolution,
): CourseSeries {
  const fromUs = range.fromMs * 1000;
  const untilUs = range.untilMs * 1000;
  const within = cells.filter((cell) => cell.endUs > fromUs && cell.startUs < untilUs);
  const stepUs = stepOf(within, untilUs - fromUs, resolution);
  const first = Math.floor(fromUs / stepUs);
  const count = Math.max(1, Math.ceil(untilUs / stepUs) - first);
  const bins = Array.from({ length: count }, (_, i) => newBin((first + i) * stepUs, stepUs, known));
  for (const cell of within) spread(cell, bins, first, stepUs);
  const carried = cells.findLast((cell) => cell.endUs <= fromUs);
  const last = bins.at(-1);
  // A point at the end lets the last stretch be drawn to its end.
  const ends = last === undefined ? [] : [(last.startUs + stepUs) / 1000];
  const repeat = <T>(values: T[]): T[] => [...values, ...values.slice(-1)];
  const counter = (name: CounterName, isRate: boolean): (number | null)[] => {
    const isKnown = within.some(({ cell }) => cell[name] !== null) || carried?.cell[name] != null;
    return repeat(bins.map((bin) => (isKnown ? amount(bin, name, stepUs, known.isGrowing, isRate) : null)));
  };
  return {
    timesMs: [...bins.map(({ startUs }) => startUs / 1000), ...ends],
    stepMs: stepUs / 1000,
    sent: counter('bytesSent', true),
    acked: counter('bytesAcked', true),
    received: counter('bytesReceived', true),
    retransmitted: counter('totalRetrans', false),
    gauges: Object.fromEntries(
      GAUGES.map((gauge) => [gauge, gaugeSeries(bins, gauge, carried?.cell, repeat)]),
    ) as unknown as CourseSeries['gauges'],
    limits: limitSeries(bins, repeat),
  };
}

type CounterName = 'bytesSent' | 'bytesAcked' | 'bytesReceived' | 'totalRetrans';
const COUNTERS: readonly CounterName[] = ['bytesSent', 'bytesAcked', 'bytesReceived', 'totalRetrans'];

/** Stretch of time while it is summed up. */
interface Bin {
  readonly startUs: number;
  /** Part of the stretch that is known, microseconds. */
  readonly knownUs: number;
  readonly sums: Record<CounterName, number>;
  readonly gauges: Record<Gauge, CellJson[Gauge]>;
  readonly limitedUs: Map<string, number>;
}

function newBin(startUs: number, stepUs: number, known: KnownTime): Bin {
  return {
    startUs,
    knownUs: Math.min(startUs + stepUs, known.untilUs) - Math.max(startUs, known.fromUs),
    sums: { bytesSent: 0, bytesAcked: 0, bytesReceived: 0, totalRetrans: 0 },
    gauges: { rttUs: null, minRttUs: null, cwndBytes: null, flightBytes: null, windowBytes: null },
    limitedUs: new Map(),
  };
}

const STEPS = [1, 2, 5, 10] as const;

/** Fewest stretches for which sums are left whole. */
const LEAST_STEPS = 40;

/** Returns a round length of stretches. */
function stepOf(cells: readonly CourseCell[], spanUs: number, { most, isWhole, leastMs = 0 }: Resolution): number {
  let [shortest, longest] = [Number.POSITIVE_INFINITY, 1];
  for (const { widthUs } of cells) {
    shortest = Math.min(shortest, widthUs);
    longest = Math.max(longest, widthUs);
  }
  const own = isWhole && spanUs / longest >= LEAST_STEPS ? longest : shortest;
  const least = Math.max(Number.isFinite(own) ? own : 1, spanUs / Math.max(1, most - 2), leastMs * 1000);
  const power = 10 ** Math.floor(Math.log10(least));
  return power * (STEPS.find((step) => step * power >= least * 0.999_999) ?? 10);
}

/** Adds the parts of a cell to the stretches that it touches. */
function spread(
  { startUs, endUs, widthUs, cell }: CourseCell,
  bins: readonly Bin[],
  first: number,
  stepUs: number,
): void {
  const from = Math.max(0, Math.floor(startUs / stepUs) - first);
  const until = Math.min(bins.length - 1, Math.ceil(endUs / stepUs) - 1 - first);
  for (let i = from; i <= until; i++) {
    const bin = bins[i];
    if (bin === undefined) continue;
    const us = Math.min(endUs, bin.startUs + stepUs) - Math.max(startUs, bin.startUs);
    if (us <= 0) continue;
    const part = us / widthUs;
    for (const name of COUNTERS) bin.sums[name] += (cell[name] ?? 0) * part;
    for (const gauge of GAUGES) bin.gauges[gauge] = joined(bin.gauges[gauge], cell[gauge]);
    for (const [cause, limited] of Object.entries(cell.limitedUs)) {
      bin.limitedUs.set(cause, (bin.limitedUs.get(cause) ?? 0) + limited * part);
    }
  }
}

function amount(
  { sums, knownUs }: Bin,
  name: CounterName,
  stepUs: number,
  isGrowing: boolean,
  isRate: boolean,
): number | null {
  const isShort = knownUs < stepUs / 2;
  if (knownUs <= 0 || (isShort && isGrowing)) return null;
  if (!isRate) return sums[name];
  // A stretch almost without time would turn any byte into a huge rate.
  return (sums[name] * 1e6) / (isShort ? stepUs : knownUs);
}

function gaugeSeries(
  bins: readonly Bin[],
  gauge: Gauge,
  carried: CellJson | undefined,
  repeat: (values: (number | null)[]) => (number | null)[],
): GaugeSeries {
  let last = carried?.[gauge]?.last ?? null;
  const extents = bins.map(({ gauges, knownUs }) => {
    if (knownUs <= 0) return null;
    const extent = gauges[gauge];
    const shown = extent ?? (last === null ? null : { min: last, max: last, last });
    last = shown?.last ?? null;
    return shown;
  });
  return {
    values: repeat(extents.map((extent) => extent?.last ?? null)),
    low: repeat(extents.map((extent) => extent?.min ?? null)),
    high: repeat(extents.map((extent) => extent?.max ?? null)),
  };
}

function limitSeries(bins: readonly Bin[], repeat: (values: (number | null)[]) => (number | null)[]): LimitSeries[] {
  const knownIn = bins.map(({ limitedUs }) => [...limitedUs.values()].reduce((sum, us) => sum + us, 0));
  const known = knownIn.reduce((sum, us) => sum + us, 0);
  return LIMITS.flatMap(({ name }) => {
    const own = bins.map(({ limitedUs }) => limitedUs.get(name) ?? 0);
    const all = own.reduce((sum, us) => sum + us, 0);
    if (all === 0) return [];
    const shares = own.map((us, i) => ((knownIn[i] ?? 0) === 0 ? null : us / (knownIn[i] ?? 1)));
    return [{ name, shares: repeat(shares), total: all / known }];
  });
}
