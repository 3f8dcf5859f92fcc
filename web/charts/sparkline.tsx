import type { JSX } from 'preact';
import { COLOURS, type Colour } from '../../view/chart/index.js';
import type { Theme } from '../state/index.js';
import type { ChartValues } from './chart-series.js';
import { sparklinePath } from './sparkline-path.js';

/** Options of {@link Sparkline}. */
export interface SparklineProps {
  readonly values: ChartValues;
  /** Text for people who cannot see it, such as `rate of the last 60 s, now 12 Mbit/s`. */
  readonly label: string;
  readonly theme: Theme;
  readonly colour?: Colour;
  readonly widthPx?: number;
  readonly heightPx?: number;
  /** Value at the upper edge (default: the largest). */
  readonly max?: number | undefined;
}

const WIDTH_PX = 80;
const HEIGHT_PX = 16;

/** Small chart of values, without axes; null leaves a gap. */
export function Sparkline(props: SparklineProps): JSX.Element {
  const { values, label, theme, colour = 'blue', widthPx = WIDTH_PX, heightPx = HEIGHT_PX, max } = props;
  const ink = COLOURS[colour][theme];
  const { line, area } = sparklinePath(values, widthPx, heightPx, max);
  return (
    <svg class="sparkline" width={widthPx} height={heightPx} role="img" aria-label={label}>
      <path d={area} fill={ink} fill-opacity="0.2" />
      <path d={line} fill="none" stroke={ink} stroke-width="1" />
    </svg>
  );
}
