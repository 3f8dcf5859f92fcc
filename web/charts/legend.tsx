import type { JSX } from 'preact';
import type { ChartFrame } from './chart-frame.js';
import { type ChartSeries, lastValue } from './chart-series.js';
import { Swatch } from './swatch.js';
import { useCursor } from './use-cursor.js';
import { type ChartQuantity, quantityText } from './value-axis.js';

/** Options of {@link Legend}. */
export interface LegendProps {
  readonly frame: ChartFrame;
  readonly timesMs: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly quantity: ChartQuantity;
  /** Called with the label of a series that the reader switches on or off. */
  readonly onToggle: (label: string) => void;
  readonly hidden: ReadonlySet<string>;
}

/** Names of a chart's series with their values at the cursor, or else their last ones. */
export function Legend({ frame, timesMs, series, quantity, onToggle, hidden }: LegendProps): JSX.Element {
  const timeMs = useCursor(frame.cursor) ?? frame.untilMs;
  return (
    <ul class="chart-legend">
      {series.map(({ label, colour, dash, values }) => (
        <li key={label}>
          <button
            type="button"
            aria-pressed={!hidden.has(label)}
            title={hidden.has(label) ? `Show ${label}` : `Hide ${label}`}
            onClick={() => onToggle(label)}
          >
            <Swatch colour={colour} dash={dash} theme={frame.theme} />
            {label} <b>{quantityText(lastValue(timesMs, values, timeMs), quantity, frame.bytes)}</b>
          </button>
        </li>
      ))}
    </ul>
  );
}
