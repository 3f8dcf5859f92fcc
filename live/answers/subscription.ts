import type { DeltaEventJson, ViewEventJson } from '../wire/index.js';

/** State of a view that a stream sends. All subscribers of equal requests share one. */
export interface ViewMessage {
  readonly generation: number;
  /** Generation that {@link delta} is relative to; undefined in the first message. */
  readonly before: number | undefined;
  /** Returns all of the window. */
  view(): ViewEventJson;
  /** Returns the changes since {@link before}; undefined in the first message. */
  delta(): DeltaEventJson | undefined;
  /** Returns `view()` as JSON; made once for all subscribers. */
  viewText(): string;
  /** Returns `delta()` as JSON; made once for all subscribers. */
  deltaText(): string | undefined;
}
