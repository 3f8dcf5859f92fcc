import { formatQuantity, type Quantity } from '../../view/chart/index.js';
import { LIMITS } from '../../view/words/index.js';
import type { ChartLane, ChartRange, ChartSeries, ChartValues } from '../charts/index.js';
import type { CourseCell } from './course.js';
import { courseSeries, type GaugeSeries, type KnownTime, type Resolution } from './course-series.js';

/** Chart of a connection: its lines or bars, and the remarks about them. */
export interface DetailChart {
  readonly title: string;
  readonly quantity: Quantity;
  readonly shape: 'steps' | 'bars';
  readonly heightPx: number;
  readonly timesMs: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly note?: string | undefined;
}

/** All charts of a connection over one range. */
export interface DetailCharts {
  readonly charts: readonly DetailChart[];
  readonly lanes: readonly ChartLane[];
  readonly laneTimesMs: readonly number[];
  readonly laneStepMs: number;
  /** Sentence that names what has no chart; undefined if nothing is left out. */
  readonly leftOut: string | undefined;
}

/** Stretches of rates: wide enough to read as steps. */
const RATES: Resolution = { most: 240, isWhole: true };
/** Stretches of gauges: about as many as a plot has pixels. */
const GAUGES: Resolution = { most: 1500, isWhole: false };
const LANES: Resolution = { most: 480, isWhole: false };
const LINES_PX = 120;
const BARS_PX = 56;
/** A receiver window above this multiple of the other lines would make them flat. */
const WINDOW_ABOVE = 1.1;

/** Makes the charts of a connection. */
export function detailCharts(cells: readonly CourseCell[], range: ChartRange, known: KnownTime): DetailCharts {
  const rates = courseSeries(cells, range, known, RATES);
  const gauges = courseSeries(cells, range, known, GAUGES);
  const lanes = courseSeries(cells, range, known, LANES);
  const step = formatQuantity(rates.stepMs * 1000, 'duration');
  const all: DetailChart[] = [
    {
      title: 'Throughput',
      quantity: 'rate',
      shape: 'steps',
      heightPx: LINES_PX,
      timesMs: rates.timesMs,
      series: [
        { label: 'sent', colour: 'blue', dash: 'solid', values: rates.sent },
        { label: 'acknowledged', colour: 'orange', dash: 'dashed', values: rates.acked },
        { label: 'received', colour: 'green', dash: 'dotted', values: rates.received },
      ],
      note: `each step is the mean over ${step}`,
    },
    {
      title: 'Round-trip time',
      quantity: 'duration',
      shape: 'steps',
      heightPx: LINES_PX,
      timesMs: gauges.timesMs,
      series: [
        { label: 'smoothed RTT', colour: 'blue', dash: 'solid', ...line(gauges.gauges.rttUs) },
        { label: 'minimum RTT', colour: 'orange', dash: 'dashed', values: gauges.gauges.minRttUs.values },
      ],
      note: 'the band has the extremes',
    },
    {
      title: 'Windows and bytes in flight',
      quantity: 'bytes',
      shape: 'steps',
      heightPx: LINES_PX,
      timesMs: gauges.timesMs,
      ...windows(gauges.gauges),
    },
    {
      title: 'Retransmitted packets',
      quantity: 'count',
      shape: 'bars',
      heightPx: BARS_PX,
      timesMs: rates.timesMs,
      series: [{ label: 'retransmitted', colour: 'orange', dash: 'solid', values: rates.retransmitted }],
      note: `each bar is ${step}`,
    },
  ];
  const charts = all
    .map((chart) => ({ ...chart, series: chart.series.filter(({ values }) => isKnown(values)) }))
    .filter(({ series }) => series.length > 0);
  const missing = all.filter(({ title }) => !charts.some((chart) => chart.title === title));
  return {
    charts,
    lanes: lanes.limits.map(({ name, shares, total }) => {
      const { label, colour } = LIMITS.find((limit) => limit.name === name) ?? { label: name, colour: 'grey' };
      return { label, colour, shares, total };
    }),
    laneTimesMs: lanes.timesMs,
    laneStepMs: lanes.stepMs,
    leftOut:
      missing.length === 0
        ? undefined
        : `Left out, because no record has data for it: ${missing.map(({ title }) => title.toLowerCase()).join(', ')}.`,
  };
}

function line({ values, low, high }: GaugeSeries): Pick<ChartSeries, 'values' | 'band'> {
  return { values, band: { low, high } };
}

function isKnown(values: ChartValues): boolean {
  return values.some((value) => value !== null);
}

/** Leaves out the receiver window where it is far above the other lines, and says how large it is. */
function windows({
  cwndBytes,
  flightBytes,
  windowBytes,
}: Readonly<Record<'cwndBytes' | 'flightBytes' | 'windowBytes', GaugeSeries>>): Pick<DetailChart, 'series' | 'note'> {
  const highest = [...cwndBytes.high, ...flightBytes.high].reduce<number>(
    (most, value) => Math.max(most, value ?? 0),
    0,
  );
  const limit = highest > 0 ? highest * WINDOW_ABOVE : Number.POSITIVE_INFINITY;
  const cut = windowBytes.values.map((value) => (value === null || value > limit ? null : value));
  const last = windowBytes.values.findLast((value) => value !== null) ?? null;
  return {
    series: [
      { label: 'congestion window', colour: 'blue', dash: 'solid', ...line(cwndBytes) },
      { label: 'in flight', colour: 'orange', dash: 'dashed', ...line(flightBytes) },
      { label: 'receiver window', colour: 'purple', dash: 'dotted', values: cut },
    ],
    note:
      last !== null && last > limit ? `receiver window ${formatQuantity(last, 'bytes')}, above the chart` : undefined,
  };
}
