import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { COLOURS, type Colour, formatShare, INK } from '../../view/chart/index.js';
import type { ChartFrame } from './chart-frame.js';
import { type ChartValues, indexAt } from './chart-series.js';
import { handleChartKey } from './handle-key.js';
import { laneBars } from './lane-geometry.js';
import { FONT, guttersOf, isNarrow, TIME_PX, timeMarks } from './layout.js';
import { rangeText } from './time-axis.js';
import { useCursor } from './use-cursor.js';
import { useWidth } from './use-width.js';

/** Row of a lane chart, which is filled while something applies. */
export interface ChartLane {
  readonly label: string;
  readonly colour: Colour;
  /** Share of each stretch of time, 0 to 1; null where unknown. */
  readonly shares: ChartValues;
  /** Share of all time in the range; null if unknown. */
  readonly total: number | null;
}

/** Options of {@link LaneChart}. */
export interface LaneChartProps {
  readonly title: string;
  readonly frame: ChartFrame;
  /** Starts of the stretches, milliseconds since 1970, in order. */
  readonly timesMs: readonly number[];
  /** Length of the last stretch, milliseconds. */
  readonly lastMs: number;
  readonly lanes: readonly ChartLane[];
}

const LANE_PX = 20;
/** Height of a lane's name above it, in a narrow chart. */
const NAME_PX = 14;
const BAR_PX = 11;

/** Chart of lanes over time, with the same axis and cursor as lines. */
export function LaneChart(props: LaneChartProps): JSX.Element {
  const { title, frame, lanes } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const cursorMs = useCursor(frame.cursor);
  const heightPx = lanes.length * lanePx(width) + TIME_PX + 4;
  useEffect(() => {
    if (canvas.current !== null && width > 0) draw(canvas.current, width, heightPx, cursorMs, props);
  });
  const point = (event: MouseEvent): void => frame.cursor.set(timeAt(event, width, frame));
  return (
    <figure class="chart" aria-label={title}>
      <figcaption>
        <span class="chart-title">{title}</span>
        {lanes.length === 0 ? <span class="chart-note">not known yet</span> : null}
      </figcaption>
      <div
        ref={box}
        class="chart-plot"
        style={{ height: `${heightPx}px` }}
        role="img"
        aria-label={describe(props)}
        tabIndex={-1}
        onKeyDown={(event) => handleChartKey(event, frame)}
        onMouseMove={point}
        onMouseLeave={() => frame.cursor.set(undefined)}
        onDblClick={() => frame.onReset?.()}
      >
        <canvas ref={canvas} />
      </div>
    </figure>
  );
}

function describe({ title, frame, lanes }: LaneChartProps): string {
  const shares = lanes.map(({ label, total }) => `${label} ${formatShare(total)}`);
  return `${title}, ${rangeText(frame, frame.originMs)}: ${shares.length === 0 ? 'not known yet' : shares.join(', ')}`;
}

function lanePx(widthPx: number): number {
  return isNarrow(widthPx) ? LANE_PX + NAME_PX : LANE_PX;
}

function timeAt(event: MouseEvent, widthPx: number, { fromMs, untilMs }: ChartFrame): number | undefined {
  const { leftPx, rightPx } = guttersOf(widthPx);
  const share = (event.offsetX - leftPx) / (widthPx - leftPx - rightPx);
  return share < 0 || share > 1 ? undefined : fromMs + share * (untilMs - fromMs);
}

function draw(
  canvas: HTMLCanvasElement,
  widthPx: number,
  heightPx: number,
  cursorMs: number | undefined,
  props: LaneChartProps,
): void {
  const context = canvas.getContext('2d');
  if (context === null) return;
  const ratio = window.devicePixelRatio;
  canvas.width = Math.round(widthPx * ratio);
  canvas.height = Math.round(heightPx * ratio);
  context.scale(ratio, ratio);
  context.font = FONT;
  const { frame, lanes } = props;
  lanes.forEach((lane, i) => {
    drawLane(context, lane, i * lanePx(widthPx), widthPx, cursorMs, props);
  });
  const { leftPx, rightPx } = guttersOf(widthPx);
  const plotPx = widthPx - leftPx - rightPx;
  const x = (timeMs: number): number => leftPx + ((timeMs - frame.fromMs) / (frame.untilMs - frame.fromMs)) * plotPx;
  const bottom = lanes.length * lanePx(widthPx) + 2;
  context.strokeStyle = context.fillStyle = INK.faint[frame.theme];
  context.textAlign = 'center';
  for (const { timeMs, label } of timeMarks(frame, plotPx, { leftPx, rightPx })) {
    line(context, x(timeMs), bottom, x(timeMs), bottom + 4);
    context.fillText(label, x(timeMs), bottom + 15);
  }
  if (cursorMs === undefined || cursorMs < frame.fromMs || cursorMs > frame.untilMs) return;
  context.setLineDash([4, 3]);
  line(context, x(cursorMs), 0, x(cursorMs), bottom);
  context.setLineDash([]);
}

function drawLane(
  context: CanvasRenderingContext2D,
  { label, colour, shares, total }: ChartLane,
  top: number,
  widthPx: number,
  cursorMs: number | undefined,
  { frame, timesMs, lastMs }: LaneChartProps,
): void {
  const { leftPx, rightPx } = guttersOf(widthPx);
  const plotPx = widthPx - leftPx - rightPx;
  const narrow = isNarrow(widthPx);
  const bottom = top + lanePx(widthPx) - 2;
  const share = cursorMs === undefined ? total : (shares[indexAt(timesMs, cursorMs)] ?? null);
  context.strokeStyle = INK.grid[frame.theme];
  line(context, leftPx, bottom + 0.5, leftPx + plotPx, bottom + 0.5);
  context.fillStyle = COLOURS[colour][frame.theme];
  for (const bar of laneBars(timesMs, shares, lastMs, frame, plotPx)) {
    context.fillRect(leftPx + bar.x, bottom - BAR_PX * bar.share, bar.width, BAR_PX * bar.share);
  }
  context.fillStyle = INK.ink[frame.theme];
  context.textAlign = narrow ? 'left' : 'right';
  const name = narrow ? `${label} ${formatShare(share)}` : label;
  context.fillText(name, narrow ? leftPx : leftPx - 8, narrow ? top + 14 : top + 16);
  context.textAlign = 'left';
  if (!narrow) context.fillText(formatShare(share), leftPx + plotPx + 8, top + 16);
}

function line(context: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}
