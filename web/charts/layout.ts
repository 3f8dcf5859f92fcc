import type { ChartFrame } from './chart-frame.js';
import { axisTicks, type TimeTick } from './time-axis.js';

/** Space beside the plots: left for figures and names of lanes, right for their shares. */
export interface Gutters {
  readonly leftPx: number;
  readonly rightPx: number;
}

const NARROW_PX = 560;

/** Returns whether a chart is too narrow for names beside its lanes. */
export function isNarrow(widthPx: number): boolean {
  return widthPx < NARROW_PX;
}

/** Returns the space beside the plots of a chart, equal in all charts of a width, so that their times are aligned. */
export function guttersOf(widthPx: number): Gutters {
  return isNarrow(widthPx) ? { leftPx: 44, rightPx: 10 } : { leftPx: 124, rightPx: 54 };
}

/** Least pixels between two marks of time. */
const TICK_PX = 84;

/** Width of a figure in a mark, pixels. */
const FIGURE_PX = 6.5;

/** Returns the marks of time for which a plot has room. A label that would be cut at the right is empty. */
export function timeMarks(frame: ChartFrame, plotPx: number, { rightPx }: Gutters): TimeTick[] {
  const { fromMs, untilMs, originMs } = frame;
  return axisTicks(frame, Math.max(1, Math.floor(plotPx / TICK_PX)), originMs).map(({ timeMs, label }) => {
    const x = ((timeMs - fromMs) / (untilMs - fromMs)) * plotPx;
    return { timeMs, label: x + (label.length * FIGURE_PX) / 2 > plotPx + rightPx ? '' : label };
  });
}

/** Height of the marks of time below a plot. */
export const TIME_PX = 20;
/** Font of marks. */
export const FONT = "11px system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";
