import { type Extent, joinExtents } from './extent.js';
import type { Scale } from './scale.js';

/** Extent of a line's values from a time on, until the next point. */
export interface LinePoint {
  readonly timeUs: number;
  readonly extent: Extent;
}

/**
 * Returns a line as an SVG path. In each column of pixels it goes from the first to the lowest, highest and last value,
 * which looks the same as all values. It stays level until the next column with values, and continues to `endPx`.
 */
export function linePath(points: readonly LinePoint[], time: Scale, values: Scale, endPx: number): string {
  let d = '';
  let at: string | undefined;
  for (const { x, extent } of columns(points, time)) {
    const { first, low, high, last } = extent;
    const stops = [first, low, high, last].map((value) => pixel(values.at(value)));
    d += at === undefined ? `M${x} ${stops[0]}` : `H${x}`;
    at ??= stops[0];
    for (const y of stops) {
      if (y !== at) d += `V${y}`;
      at = y;
    }
  }
  return d === '' ? '' : `${d}H${pixel(endPx)}`;
}

/** Joins the points in the same column of pixels. */
function columns(points: readonly LinePoint[], time: Scale): { x: number; extent: Extent }[] {
  const found: { x: number; extent: Extent }[] = [];
  for (const { timeUs, extent } of points) {
    const x = Math.round(time.at(timeUs));
    const last = found.at(-1);
    if (last?.x === x) last.extent = joinExtents(last.extent, extent) ?? extent;
    else found.push({ x, extent });
  }
  return found;
}

function pixel(value: number): string {
  return String(Math.round(value * 10) / 10);
}
