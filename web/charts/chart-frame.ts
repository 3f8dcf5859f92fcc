import type { Theme } from '../state/index.js';
import type { ChartCursor } from './chart-cursor.js';

/** Part of the time that a chart shows, milliseconds since 1970. */
export interface ChartRange {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Axis of time that charts share: same range, same cursor, same colours. */
export interface ChartFrame extends ChartRange {
  readonly cursor: ChartCursor;
  readonly theme: Theme;
  /** Shows rates in bytes a second instead of bits. */
  readonly bytes: boolean;
  /** Time that the axis calls 0; absent: the axis has times of day, UTC. */
  readonly originMs?: number | undefined;
  /** Called with the range that the reader chose by dragging or by keys. */
  readonly onRange?: ((range: ChartRange) => void) | undefined;
  /** Called when the reader wants the usual range again. */
  readonly onReset?: (() => void) | undefined;
}
