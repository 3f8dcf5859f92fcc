import type { ConnectionTimeline, TimelineRange } from '../../live/store/index.js';
import { type ShownConnection, widened } from '../../view/connection/index.js';

/** Returns the timeline of a connection that was read within the range, with cells of the least width. */
export function timelineOf(
  { timeline, parts }: ShownConnection,
  { widthUs = 0 }: Pick<TimelineRange, 'widthUs'>,
): ConnectionTimeline {
  return { source: 'archive', ...widened(timeline, widthUs), parts };
}
