import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import type { ChartFrame, ChartRange } from './chart-frame.js';
import { type ChartSeries, largestIn, lastValue } from './chart-series.js';
import { handleChartKey } from './handle-key.js';
import { TIME_PX } from './layout.js';
import { Legend } from './legend.js';
import { Plot, type PlotContent } from './plot.js';
import { rangeText } from './time-axis.js';
import { useWidth } from './use-width.js';
import { type ChartQuantity, quantityText, valueAxis } from './value-axis.js';

/** Options of {@link TimeSeries}. */
export interface TimeSeriesProps {
  readonly title: string;
  readonly quantity: ChartQuantity;
  readonly frame: ChartFrame;
  /** Moments of the values, milliseconds since 1970, in order; at most {@link MAX_POINTS}. */
  readonly timesMs: readonly number[];
  readonly series: readonly ChartSeries[];
  /** Lines in steps (default), or bars: these are for one series. */
  readonly shape?: 'steps' | 'bars';
  /** Height of the plot in pixels, without the marks of time (default 120). */
  readonly heightPx?: number;
  /** Largest value of other charts with the same scale. */
  readonly atLeast?: number;
  /** Remark beside the title, such as the time of a step. */
  readonly note?: string | undefined;
  /** Range that stays marked; a drag chooses another one. */
  readonly selection?: ChartRange | undefined;
}

const HEIGHT_PX = 120;
/** Pixels between two marks of values. */
const VALUE_TICK_PX = 26;

/** Chart of lines or bars over time, with title, legend, and the keys of charts. */
export function TimeSeries(props: TimeSeriesProps): JSX.Element {
  const { title, quantity, frame, timesMs, series, note, atLeast = 0, heightPx = HEIGHT_PX } = props;
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const shown = series.filter(({ label }) => !hidden.has(label));
  const max = Math.max(atLeast, largestIn(timesMs, shown, frame));
  const axis = valueAxis(max, quantity, frame.bytes, Math.max(1, Math.floor(heightPx / VALUE_TICK_PX)));
  const { selection, shape = 'steps' } = props;
  const content: PlotContent = { frame, timesMs, series: shown, shape, axis, selection };
  const heading = axis.unit === '' ? title : `${title}, ${axis.unit}`;
  return (
    <figure class="chart" aria-label={title}>
      <figcaption>
        <span class="chart-title">{heading}</span>
        {note === undefined ? null : <span class="chart-note">{note}</span>}
        <Legend
          frame={frame}
          timesMs={timesMs}
          series={series}
          quantity={quantity}
          hidden={hidden}
          onToggle={(label) => setHidden(toggled(hidden, label))}
        />
      </figcaption>
      <PlotArea content={content} heightPx={heightPx + TIME_PX} label={describe(heading, props)} />
    </figure>
  );
}

function toggled(labels: ReadonlySet<string>, label: string): ReadonlySet<string> {
  const next = new Set(labels);
  if (!next.delete(label)) next.add(label);
  return next;
}

/** Describes a chart for people who cannot see it: its range and last values. */
function describe(heading: string, { frame, timesMs, series, quantity }: TimeSeriesProps): string {
  const values = series.map(({ label, values }) => {
    return `${label} ${quantityText(lastValue(timesMs, values, frame.untilMs), quantity, frame.bytes)}`;
  });
  return `${heading}, ${rangeText(frame, frame.originMs)}; at the end ${values.join(', ')}`;
}

interface PlotAreaProps {
  readonly content: PlotContent;
  readonly heightPx: number;
  readonly label: string;
}

/** Place of a plot, which is made as soon as the library is there. */
function PlotArea({ content, heightPx, label }: PlotAreaProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot>(undefined);
  const width = useWidth(box);
  const [library, error] = usePlotLibrary();
  const { frame, series, shape } = content;
  // Series that uPlot knows cannot be changed: other ones take another plot.
  const kind = [
    frame.theme,
    shape,
    ...series.map(({ label, colour, dash, band }) => `${label}:${colour}:${dash}:${band !== undefined}`),
  ].join();
  useEffect(() => {
    if (library === undefined || box.current === null || width === 0) return undefined;
    const made = new Plot(library, box.current, { width, height: heightPx }, content);
    plot.current = made;
    return () => {
      plot.current = undefined;
      made.destroy();
    };
  }, [library, kind, width, heightPx]);
  useEffect(() => plot.current?.update(content), [content]);
  useEffect(() => frame.cursor.subscribe(() => plot.current?.showCursor()), [frame.cursor]);
  return (
    <div
      ref={box}
      class="chart-plot"
      style={{ height: `${heightPx}px` }}
      role="img"
      aria-label={label}
      // A click makes the keys work here; with the keyboard alone the frame's cursor is reached by TimeCursor.
      tabIndex={-1}
      onKeyDown={(event) => handleChartKey(event, frame)}
    >
      {error === undefined ? null : <p class="chart-error">{error}</p>}
    </div>
  );
}

let loading: Promise<typeof uPlot> | undefined;

/** Returns uPlot once it is loaded, or why it is not. */
function usePlotLibrary(): [library: typeof uPlot | undefined, error: string | undefined] {
  const [state, setState] = useState<readonly [typeof uPlot | undefined, string | undefined]>([undefined, undefined]);
  useEffect(() => {
    let isWanted = true;
    loading ??= import('./plot-library.js').then((module) => module.default);
    loading.then(
      (library) => isWanted && setState([library, undefined]),
      (error: unknown) => {
        loading = undefined;
        if (isWanted) setState([undefined, `The charts could not be loaded: ${String(error)}. Load the page again.`]);
      },
    );
    return () => {
      isWanted = false;
    };
  }, []);
  return [state[0], state[1]];
}
