import { type Extent, joinExtents } from './extent.js';
import type { Scale } from './scale.js';

/** A line's value in one stretch of time; it stays what it last was until the next. */
export interface LinePoint {
  readonly timeUs: number;
  readonly extent: Extent;
}

/**
 * A line as an SVG path: in each column of pixels from its first to its lowest, highest and last value (that is all that a
 * line through any number of values can show there), level until the next column that has any, and on to `endPx`.
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

/** Joins the points that fall into one column of pixels. */
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
