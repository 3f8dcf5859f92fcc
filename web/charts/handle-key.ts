import type { ChartFrame } from './chart-frame.js';
import { chartAction } from './chart-keys.js';

/** Does what a key means in a chart that has the focus. */
export function handleChartKey(event: KeyboardEvent, frame: ChartFrame): void {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const action = chartAction(event.key, event.shiftKey, frame, frame.cursor.timeMs);
  if (action === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  if (action.kind === 'cursor') frame.cursor.set(action.timeMs);
  else if (action.kind === 'range') frame.onRange?.(action.range);
  else frame.onReset?.();
}
