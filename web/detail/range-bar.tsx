import type { JSX } from 'preact';
import { type ChartFrame, chartAction, TimeCursor } from '../charts/index.js';
import { SPANS, type SpanName } from './range.js';

/** Props of {@link RangeBar}. */
export interface RangeBarProps {
  readonly frame: ChartFrame;
  readonly span: SpanName;
  readonly follows: boolean;
  readonly onSpan: (span: SpanName) => void;
}

/** Buttons for the range of the charts, and the moment that the cursor shows. */
export function RangeBar({ frame, span, follows, onSpan }: RangeBarProps): JSX.Element {
  const zoom = (key: '+' | '-'): void => {
    const action = chartAction(key, false, frame, frame.cursor.timeMs ?? (frame.fromMs + frame.untilMs) / 2);
    if (action?.kind === 'range') frame.onRange?.(action.range);
  };
  return (
    <div class="range-bar">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend */}
      <div role="group" aria-label="Range of the charts" class="range-buttons">
        {SPANS.map(({ id, label }) => (
          <button
            key={id}
            type="button"
            class="button"
            aria-pressed={follows && span === id}
            onClick={() => onSpan(id)}
          >
            {label}
          </button>
        ))}
        <button type="button" class="button" aria-label="Zoom in" onClick={() => zoom('+')}>
          +
        </button>
        <button type="button" class="button" aria-label="Zoom out" onClick={() => zoom('-')}>
          −
        </button>
        {follows ? null : (
          <button
            type="button"
            class="button"
            title="Let the charts go on with the time"
            onClick={() => frame.onReset?.()}
          >
            Follow
          </button>
        )}
      </div>
      <TimeCursor frame={frame} />
      <span class="faint">drag to zoom, double click to follow</span>
    </div>
  );
}
