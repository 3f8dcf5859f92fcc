import { COLOURS, type Colour, INK } from '../../view/chart/index.js';
import { axisTicks, type ChartRange } from '../charts/index.js';
import type { Theme } from '../state/index.js';
import { CAUSES, type OverviewSeries } from './overview-history.js';

/** Heights of the parts of the strip, pixels. */
const RATE_PX = 34;
const EVENTS_PX = 18;
const SHARES_PX = 12;
const GAP_PX = 4;
const TIMES_PX = 16;
/** Height of the strip. */
export const STRIP_PX: number = RATE_PX + EVENTS_PX + SHARES_PX + 2 * GAP_PX + TIMES_PX;
/** Height of the part that a brush covers. */
export const BRUSHED_PX: number = STRIP_PX - TIMES_PX;

/** Colours of the values of the strip. */
export const STRIP_COLOURS = {
  sent: 'blue',
  received: 'amber',
  opened: 'grey',
  closed: 'grey',
} as const satisfies Record<string, Colour>;

const FONT = '11px system-ui, sans-serif';
/** Pixels between two marks of time. */
const TICK_PX = 110;
/** Longest part of the time without a column of its own. */
const LEAST_BAR_PX = 1;

/** Options of {@link drawStrip}. */
export interface StripDrawing {
  readonly series: OverviewSeries;
  readonly range: ChartRange;
  readonly widthPx: number;
  readonly theme: Theme;
}

/** Draws rates, opened and closed connections, and shares of limits, one below the other. */
export function drawStrip(canvas: HTMLCanvasElement, drawing: StripDrawing): void {
  const context = canvas.getContext('2d');
  if (context === null) return;
  const { widthPx } = drawing;
  const ratio = window.devicePixelRatio;
  canvas.width = Math.round(widthPx * ratio);
  canvas.height = Math.round(STRIP_PX * ratio);
  context.scale(ratio, ratio);
  context.font = FONT;
  const columns = columnsOf(drawing);
  drawRates(context, drawing, columns);
  drawEvents(context, drawing, columns);
  drawShares(context, drawing, columns);
  drawTimes(context, drawing);
}

/** Place of one part of the time. */
interface Column {
  readonly index: number;
  readonly x: number;
  readonly width: number;
}

function columnsOf({ series, range, widthPx }: StripDrawing): Column[] {
  const { timesMs, endMs } = series;
  const perMs = widthPx / (range.untilMs - range.fromMs);
  return timesMs.flatMap((timeMs, index) => {
    const x = (timeMs - range.fromMs) * perMs;
    const end = Math.min(timesMs[index + 1] ?? endMs, timeMs + widthOf(series)) - range.fromMs;
    const width = Math.max(LEAST_BAR_PX, end * perMs - x);
    return x + width < 0 || x > widthPx ? [] : [{ index, x, width }];
  });
}

function widthOf({ timesMs, endMs }: OverviewSeries): number {
  return endMs - (timesMs.at(-1) ?? endMs);
}

function drawRates(
  context: CanvasRenderingContext2D,
  { series, theme, widthPx }: StripDrawing,
  columns: readonly Column[],
): void {
  const values = [series.sent, series.received];
  const max = Math.max(1, ...values.flatMap((each) => columns.map(({ index }) => each[index] ?? 0)));
  const y = (value: number): number => RATE_PX - (value / max) * (RATE_PX - 2);
  baseline(context, RATE_PX, widthPx, theme);
  for (const [i, colour] of [STRIP_COLOURS.received, STRIP_COLOURS.sent].entries()) {
    const own = values[1 - i] ?? [];
    context.fillStyle = `${COLOURS[colour][theme]}40`;
    context.strokeStyle = COLOURS[colour][theme];
    context.lineWidth = 1.25;
    // What is received is dashed: a colour alone must not make the difference.
    context.setLineDash(i === 0 ? [4, 2] : []);
    for (const run of runsOf(columns)) {
      context.beginPath();
      for (const { index, x, width } of run) {
        context.lineTo(x, y(own[index] ?? 0));
        context.lineTo(x + width, y(own[index] ?? 0));
      }
      context.stroke();
      if (i === 0) continue;
      const [first, last] = [run[0], run.at(-1)];
      context.lineTo((last?.x ?? 0) + (last?.width ?? 0), RATE_PX);
      context.lineTo(first?.x ?? 0, RATE_PX);
      context.fill();
    }
  }
  context.setLineDash([]);
}

/** Returns columns that follow each other without a hole. */
function runsOf(columns: readonly Column[]): Column[][] {
  const runs: Column[][] = [];
  for (const column of columns) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run !== undefined && last !== undefined && column.x - last.x - last.width < 1.5) run.push(column);
    else runs.push([column]);
  }
  return runs;
}

/** Draws opened connections upwards and closed ones downwards. */
function drawEvents(
  context: CanvasRenderingContext2D,
  { series, theme, widthPx }: StripDrawing,
  columns: readonly Column[],
): void {
  const middle = RATE_PX + GAP_PX + EVENTS_PX / 2;
  const half = EVENTS_PX / 2 - 1;
  const max = Math.max(
    ...columns.map(({ index }) => Math.max(series.opened[index] ?? 0, series.closed[index] ?? 0)),
    0,
  );
  baseline(context, middle, widthPx, theme);
  if (max === 0) return;
  for (const { index, x, width } of columns) {
    const [opened, closed] = [series.opened[index] ?? 0, series.closed[index] ?? 0];
    context.fillStyle = COLOURS[STRIP_COLOURS.opened][theme];
    if (opened > 0) context.fillRect(x, middle - 1 - (opened / max) * half, width, (opened / max) * half);
    context.fillStyle = COLOURS[STRIP_COLOURS.closed][theme];
    if (closed > 0) context.fillRect(x, middle + 1, width, (closed / max) * half);
  }
}

function drawShares(
  context: CanvasRenderingContext2D,
  { series, theme, widthPx }: StripDrawing,
  columns: readonly Column[],
): void {
  const bottom = RATE_PX + EVENTS_PX + 2 * GAP_PX + SHARES_PX;
  baseline(context, bottom, widthPx, theme);
  for (const { index, x, width } of columns) {
    let y = bottom;
    for (const { name, colour } of CAUSES) {
      const height = (series.shares[name][index] ?? 0) * SHARES_PX;
      if (height === 0) continue;
      context.fillStyle = COLOURS[colour][theme];
      context.fillRect(x, y - height, width, height);
      y -= height;
    }
  }
}

function baseline(context: CanvasRenderingContext2D, y: number, widthPx: number, theme: Theme): void {
  context.fillStyle = INK.grid[theme];
  context.fillRect(0, y, widthPx, 1);
}

function drawTimes(context: CanvasRenderingContext2D, { range, widthPx, theme }: StripDrawing): void {
  context.fillStyle = INK.faint[theme];
  for (const { timeMs, label } of axisTicks(range, Math.max(1, Math.floor(widthPx / TICK_PX)))) {
    const x = ((timeMs - range.fromMs) / (range.untilMs - range.fromMs)) * widthPx;
    const half = context.measureText(label).width / 2;
    context.fillRect(x, BRUSHED_PX, 1, 3);
    // A label that would be cut is left out.
    if (x - half >= 0 && x + half <= widthPx) context.fillText(label, x - half, STRIP_PX - 3);
  }
}
