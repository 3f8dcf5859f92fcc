import type { ChartRange } from './chart-frame.js';
import type { ChartValues } from './chart-series.js';

/** Bar of a lane, in pixels of the plot. */
export interface LaneBar {
  readonly x: number;
  readonly width: number;
  /** Part of the lane's height, in quarters. */
  readonly share: number;
}

/** Steps of a share, so that neighbours that look alike are one bar. */
const STEPS = 4;
const LEAST_PX = 1;

/** Returns the bars of a lane. Each share holds from its moment to the next, the last one for `lastMs`. */
export function laneBars(
  timesMs: readonly number[],
  shares: ChartValues,
  lastMs: number,
  { fromMs, untilMs }: ChartRange,
  plotPx: number,
): LaneBar[] {
  const bars: { x: number; width: number; share: number }[] = [];
  const scale = plotPx / (untilMs - fromMs);
  shares.forEach((value, i) => {
    const startMs = timesMs[i];
    if (value === null || !(value > 0) || startMs === undefined) return;
    const endMs = timesMs[i + 1] ?? startMs + lastMs;
    const x = Math.max(0, (startMs - fromMs) * scale);
    const end = Math.min(plotPx, (endMs - fromMs) * scale);
    if (startMs >= untilMs || endMs <= fromMs) return;
    const share = Math.min(1, Math.ceil(value * STEPS - 1e-9) / STEPS);
    const last = bars.at(-1);
    if (last !== undefined && last.share === share && last.x + last.width >= x - 0.01) last.width = end - last.x;
    else bars.push({ x, width: Math.max(LEAST_PX, end - x), share });
  });
  return bars;
}
