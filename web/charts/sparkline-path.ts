import type { ChartValues } from './chart-series.js';

/** Paths of a small chart, for the `d` of SVG. */
export interface SparklinePath {
  readonly line: string;
  /** Area below the line. */
  readonly area: string;
}

/** Room above and below the line, so that it is not cut. */
const EDGE_PX = 1;

/** Returns the paths of values at equal distances across a width; null leaves a gap. */
export function sparklinePath(values: ChartValues, widthPx: number, heightPx: number, max?: number): SparklinePath {
  const most = max ?? values.reduce<number>((largest, value) => Math.max(largest, value ?? 0), 0);
  const floor = heightPx - EDGE_PX;
  const x = (i: number): number => (values.length < 2 ? widthPx : (i * widthPx) / (values.length - 1));
  const y = (value: number): number =>
    most > 0 ? floor - Math.min(1, Math.max(0, value / most)) * (floor - EDGE_PX) : floor;
  let [line, area] = ['', ''];
  let startX: number | undefined;
  let endX = 0;
  const close = (): void => {
    if (startX !== undefined) area += `L${round(endX)} ${round(floor)}L${round(startX)} ${round(floor)}Z`;
    startX = undefined;
  };
  values.forEach((value, i) => {
    if (value === null) {
      close();
      return;
    }
    const point = `${startX === undefined ? 'M' : 'L'}${round(x(i))} ${round(y(value))}`;
    startX ??= x(i);
    endX = x(i);
    line += point;
    area += point;
  });
  close();
  return { line, area };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
