import type { Quantity } from '../../view/chart/index.js';
import { LIMITS } from '../../view/words/index.js';
import { type ChartLane, type ChartRange, type ChartSeries, type ChartValues, largestIn } from '../charts/index.js';
import { type CourseCell, type CourseSeries, courseSeries, type KnownTime, type Resolution } from '../detail/index.js';

/** Course of one of two connections. */
export interface ComparedCourse {
  readonly cells: readonly CourseCell[];
  readonly known: KnownTime;
}

/** Names of the two connections in charts. */
export const NAMES = ['A', 'B'] as const;
/** Look of the two connections in charts. */
export const LOOKS = [
  { colour: 'blue', dash: 'solid' },
  { colour: 'orange', dash: 'dashed' },
] as const;

/** Chart with a line for each of two connections. */
export interface CompareChart {
  readonly title: string;
  readonly quantity: Quantity;
  readonly timesMs: readonly number[];
  readonly series: readonly ChartSeries[];
}

/** Charts of two connections. */
export interface CompareCharts {
  readonly charts: readonly CompareChart[];
  /** Lanes of each connection. */
  readonly lanes: readonly (readonly ChartLane[])[];
  readonly laneTimesMs: readonly number[];
  readonly laneStepMs: number;
  /** Titles of charts that would be empty. */
  readonly leftOut: readonly string[];
}

const RATES: Resolution = { most: 240, isWhole: true };
const GAUGES: Resolution = { most: 1500, isWhole: false };
const LANES: Resolution = { most: 480, isWhole: false };

/** Makes the charts of two connections over one range: both are divided into the same stretches of time. */
export function compareCharts(courses: readonly ComparedCourse[], range: ChartRange): CompareCharts {
  const rates = alike(courses, range, RATES);
  const gauges = alike(courses, range, GAUGES);
  const lanes = alike(courses, range, LANES);
  const chart = (
    title: string,
    quantity: Quantity,
    from: readonly CourseSeries[],
    read: (course: CourseSeries) => Pick<ChartSeries, 'values' | 'band'>,
  ): CompareChart => ({
    title,
    quantity,
    timesMs: from[0]?.timesMs ?? [],
    series: from.flatMap((course, i): ChartSeries[] => {
      const look = LOOKS[i];
      const line = read(course);
      return look === undefined || !isKnown(line.values) ? [] : [{ label: NAMES[i] ?? '', ...look, ...line }];
    }),
  });
  const all = [
    chart('Sent', 'rate', rates, ({ sent, acked }) => ({ values: isKnown(sent) ? sent : acked })),
    chart('Received', 'rate', rates, ({ received }) => ({ values: received })),
    chart('Smoothed round-trip time', 'duration', gauges, (course) => gauge(course, 'rttUs')),
    chart('Congestion window', 'bytes', gauges, (course) => gauge(course, 'cwndBytes')),
    chart('In flight', 'bytes', gauges, (course) => gauge(course, 'flightBytes')),
    chart('Retransmitted packets', 'count', rates, ({ retransmitted }) => ({ values: retransmitted })),
  ];
  const isEmpty = ({ timesMs, series }: CompareChart): boolean => largestIn(timesMs, series, range) <= 0;
  return {
    charts: all.filter((each) => !isEmpty(each)),
    leftOut: all.filter(isEmpty).map(({ title }) => title.toLowerCase()),
    lanes: lanes.map(({ limits }) =>
      limits.map(({ name, shares, total }) => {
        const { label, colour } = LIMITS.find((limit) => limit.name === name) ?? { label: name, colour: 'grey' };
        return { label, colour, shares, total };
      }),
    ),
    laneTimesMs: lanes[0]?.timesMs ?? [],
    laneStepMs: lanes[0]?.stepMs ?? 0,
  };
}

/** Returns a course at another time. */
export function shifted({ cells, known }: ComparedCourse, byUs: number): ComparedCourse {
  if (byUs === 0) return { cells, known };
  return {
    cells: cells.map((each) => ({ ...each, startUs: each.startUs + byUs, endUs: each.endUs + byUs })),
    known: shiftedTime(known, byUs),
  };
}

/** Returns a known time at another time. */
export function shiftedTime(known: KnownTime, byUs: number): KnownTime {
  return { ...known, fromUs: known.fromUs + byUs, untilUs: known.untilUs + byUs };
}

/** Returns the time that is known of any of several courses. */
export function knownOfAll(times: readonly KnownTime[]): KnownTime {
  return {
    fromUs: Math.min(...times.map(({ fromUs }) => fromUs)),
    untilUs: Math.max(...times.map(({ untilUs }) => untilUs)),
    isGrowing: times.some(({ isGrowing }) => isGrowing),
  };
}

/** Divides all courses into stretches of the longest length that any of them needs. */
function alike(courses: readonly ComparedCourse[], range: ChartRange, resolution: Resolution): CourseSeries[] {
  const divided = (leastMs: number): CourseSeries[] =>
    courses.map(({ cells, known }) => courseSeries(cells, range, known, { ...resolution, leastMs }));
  const own = divided(0);
  const leastMs = Math.max(...own.map(({ stepMs }) => stepMs));
  return own.every(({ stepMs }) => stepMs === leastMs) ? own : divided(leastMs);
}

function gauge({ gauges }: CourseSeries, name: keyof CourseSeries['gauges']): Pick<ChartSeries, 'values' | 'band'> {
  const { values, low, high } = gauges[name];
  return { values, band: { low, high } };
}

function isKnown(values: ChartValues): boolean {
  return values.some((value) => value !== null);
}
