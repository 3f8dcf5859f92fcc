import type { JSX } from 'preact';
import type { ChartFrame } from './chart-frame.js';
import { handleChartKey } from './handle-key.js';
import { momentText, rangeText } from './time-axis.js';
import { useCursor } from './use-cursor.js';

/** Shows the moment that the charts of a frame point at, and moves it by keys: ← → Home End, + - [ ] 0 for the range. */
export function TimeCursor({ frame }: { readonly frame: ChartFrame }): JSX.Element {
  const timeMs = useCursor(frame.cursor);
  const { fromMs, untilMs, originMs } = frame;
  const text = timeMs === undefined ? rangeText(frame, originMs) : momentText(timeMs, frame, originMs);
  return (
    <div
      class="time-cursor"
      role="slider"
      tabIndex={0}
      aria-label="Cursor of the charts"
      aria-valuemin={fromMs}
      aria-valuemax={untilMs}
      aria-valuenow={timeMs ?? untilMs}
      aria-valuetext={text}
      title="← → move the cursor, + - zoom, [ ] begin and end the range here, 0 usual range"
      onKeyDown={(event) => handleChartKey(event, frame)}
    >
      {text}
    </div>
  );
}
