import type uPlot from 'uplot';
import { COLOURS, type Dash, INK } from '../../view/chart/index.js';
import type { ChartFrame } from './chart-frame.js';
import { type ChartSeries, indexAt } from './chart-series.js';
import { FONT, guttersOf, TIME_PX, timeMarks } from './layout.js';
import type { TimeTick } from './time-axis.js';
import type { ValueAxis } from './value-axis.js';

/** Content of a plot. */
export interface PlotContent {
  readonly frame: ChartFrame;
  readonly timesMs: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly shape: 'steps' | 'bars';
  readonly axis: ValueAxis;
  /** Range that stays marked; then a drag chooses another one. Absent: a drag zooms, and leaves no mark. */
  readonly selection?: { readonly fromMs: number; readonly untilMs: number } | undefined;
}

/** Size of a plot with its axes, in pixels. */
export interface PlotSize {
  readonly width: number;
  readonly height: number;
}

const DASHES: Readonly<Record<Dash, readonly number[]>> = { solid: [], dashed: [6, 3], dotted: [2, 3] };
const NO_SELECTION = { left: 0, width: 0, top: 0, height: 0 };
const TOP_PX = 6;
const LINE_PX = 1.5;
/** Opacity of bands, as two hexadecimal digits. */
const BAND_OPACITY = '38';
/** A drag of fewer pixels is a click. */
const LEAST_DRAG_PX = 4;

/** Plot of lines or bars over time: uPlot, with the axes, colours and cursor of our charts. */
export class Plot {
  readonly #uplot: uPlot;
  #content: PlotContent;
  /** True while the reader drags, which must not be disturbed. */
  #isDragging = false;

  /**
   * @param library uPlot, which is loaded with the first plot
   * @param parent element that gets the plot
   */
  constructor(library: typeof uPlot, parent: HTMLElement, size: PlotSize, content: PlotContent) {
    this.#content = content;
    this.#uplot = new library(this.#options(library, size), dataOf(content), parent);
    this.#setScales();
  }

  /** Shows other content. Number, names, colours and bands of the series must be as before. */
  update(content: PlotContent): void {
    const wasSelected = this.#content.selection !== undefined;
    this.#content = content;
    this.#uplot.batch(() => {
      this.#uplot.setData(dataOf(content), false);
      this.#setScales();
    });
    if (wasSelected && content.selection === undefined) this.#uplot.setSelect(NO_SELECTION, false);
    this.#showMarks();
  }

  /** Draws the cursor where the frame has it. */
  showCursor(): void {
    const { timeMs, fromMs, untilMs } = { ...this.#content.frame, timeMs: this.#content.frame.cursor.timeMs };
    const isWithin = timeMs !== undefined && timeMs >= fromMs && timeMs <= untilMs;
    const left = isWithin ? this.#uplot.valToPos(timeMs, 'x') : -10;
    this.#uplot.setCursor({ left, top: isWithin ? 0 : -10 }, false);
  }

  destroy(): void {
    this.#uplot.destroy();
  }

  #setScales(): void {
    const { frame, axis } = this.#content;
    this.#uplot.setScale('x', { min: frame.fromMs, max: frame.untilMs });
    this.#uplot.setScale('y', { min: 0, max: axis.end });
  }

  /** Places the selection and the cursor, for which the plot must have been laid out. */
  #showMarks(): void {
    this.#showSelection();
    this.showCursor();
  }

  #showSelection(): void {
    const { selection, frame } = this.#content;
    if (selection === undefined || this.#isDragging) return;
    const at = (timeMs: number): number =>
      this.#uplot.valToPos(Math.min(frame.untilMs, Math.max(frame.fromMs, timeMs)), 'x');
    const left = at(selection.fromMs);
    const height = this.#uplot.over.clientHeight;
    this.#uplot.setSelect({ left, width: Math.max(1, at(selection.untilMs) - left), top: 0, height }, false);
  }

  #options(library: typeof uPlot, size: PlotSize): uPlot.Options {
    const { frame, series, shape } = this.#content;
    const { leftPx, rightPx } = guttersOf(size.width);
    const ink = (name: keyof typeof INK): string => INK[name][frame.theme];
    const axis = { stroke: ink('faint'), font: FONT, ticks: { stroke: ink('faint'), width: 1, size: 4 } };
    const paths =
      shape === 'bars' ? library.paths.bars?.({ align: 1, size: [1, 1000] }) : library.paths.stepped?.({ align: 1 });
    return {
      ...size,
      // Milliseconds, because our timelines are that fine.
      ms: 1,
      padding: [TOP_PX, rightPx, 0, 0],
      legend: { show: false },
      scales: { x: { time: false, auto: false }, y: { auto: false } },
      axes: [
        {
          ...axis,
          size: TIME_PX,
          gap: 2,
          grid: { show: false },
          splits: (plot) => this.#timeTicks(plot).map(({ timeMs }) => timeMs),
          values: (plot) => this.#timeTicks(plot).map(({ label }) => label),
        },
        {
          ...axis,
          size: leftPx,
          gap: 6,
          ticks: { show: false },
          grid: { stroke: ink('grid'), width: 1 },
          splits: () => this.#content.axis.ticks.map(({ value }) => value),
          values: () => this.#content.axis.ticks.map(({ label }) => label),
        },
      ],
      series: [{}, ...series.flatMap((each) => seriesOptions(each, frame, shape, paths))],
      bands: bandsOf(series, frame),
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: LEAST_DRAG_PX },
        bind: {
          mousedown: (_plot, _target, handle) => (event) => this.#drag(true, () => handle(event)),
          mouseup: (_plot, _target, handle) => (event) => this.#drag(false, () => handle(event)),
          dblclick: () => () => this.#reset(),
        },
      },
      hooks: {
        ready: [() => this.#showMarks()],
        setCursor: [(plot) => this.#point(plot)],
        setSelect: [(plot) => this.#select(plot)],
      },
    };
  }

  #timeTicks(plot: uPlot): TimeTick[] {
    const { frame } = this.#content;
    return timeMarks(frame, plot.bbox.width / devicePixelRatio, guttersOf(plot.width));
  }

  #drag(isDragging: boolean, handle: () => void): null {
    this.#isDragging = isDragging;
    handle();
    return null;
  }

  #reset(): null {
    this.#content.frame.onReset?.();
    return null;
  }

  #point(plot: uPlot): void {
    const { left } = plot.cursor;
    this.#content.frame.cursor.set(
      left === undefined || left === null || left < 0 ? undefined : plot.posToVal(left, 'x'),
    );
  }

  #select(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < LEAST_DRAG_PX) return;
    const range = { fromMs: plot.posToVal(left, 'x'), untilMs: plot.posToVal(left + width, 'x') };
    if (this.#content.selection === undefined) plot.setSelect(NO_SELECTION, false);
    this.#content.frame.onRange?.(range);
  }
}

/** Returns the columns of uPlot: times, and for each series its values, and the edges of its band. */
function dataOf({ timesMs, series, frame: { untilMs } }: PlotContent): uPlot.AlignedData {
  // What is after the range would only be clipped.
  const end = indexAt(timesMs, untilMs) + 1;
  const cut = <T>(values: readonly T[]): T[] => values.slice(0, end);
  const columns = series.flatMap(({ values, band }) => (band === undefined ? [values] : [values, band.low, band.high]));
  return [cut(timesMs), ...columns.map(cut)];
}

function seriesOptions(
  { label, colour, dash, band }: ChartSeries,
  { theme }: ChartFrame,
  shape: PlotContent['shape'],
  paths: uPlot.Series.PathBuilder | undefined,
): uPlot.Series[] {
  const stroke = COLOURS[colour][theme];
  const common = { ...(paths === undefined ? {} : { paths }), points: { show: false } };
  const line: uPlot.Series = {
    ...common,
    label,
    stroke,
    width: shape === 'bars' ? 0 : LINE_PX,
    ...(shape === 'bars' ? { fill: stroke } : { dash: [...DASHES[dash]] }),
  };
  const edge: uPlot.Series = { ...common, label: '', stroke: 'transparent', width: 0 };
  return band === undefined ? [line] : [line, edge, edge];
}

function bandsOf(series: readonly ChartSeries[], { theme }: ChartFrame): uPlot.Band[] {
  let column = 1;
  return series.flatMap(({ colour, band }) => {
    const at = column;
    column += band === undefined ? 1 : 3;
    const fill = `${COLOURS[colour][theme]}${BAND_OPACITY}`;
    return band === undefined ? [] : [{ series: [at + 2, at + 1] as [number, number], fill }];
  });
}
