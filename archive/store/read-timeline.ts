import type { ConnectionTimeline, TimelineRange } from '../../live/store/index.js';
import type { Bucket } from '../../view/chart/index.js';
import { Cell, type ShownConnection } from '../../view/connection/index.js';

/** Returns the timeline of a connection that was read within the range, with cells of the least width. */
export function timelineOf(
  { timeline, parts }: ShownConnection,
  { widthUs = 0 }: Pick<TimelineRange, 'widthUs'>,
): ConnectionTimeline {
  const factor = Math.max(1, Math.ceil(widthUs / timeline.cellUs));
  const cellUs = timeline.cellUs * factor;
  const cells = factor === 1 ? timeline.cells() : merged(timeline.cells(), cellUs);
  return {
    source: 'archive',
    startUs: timeline.startUs,
    spanUs: timeline.spanUs,
    cellUs,
    cells: () => cells,
    parts,
  };
}

/** Merges cells into wider ones. */
function merged(cells: readonly Bucket<Cell>[], cellUs: number): Bucket<Cell>[] {
  const wide: Bucket<Cell>[] = [];
  for (const { startUs, value } of cells) {
    const start = Math.floor(startUs / cellUs) * cellUs;
    let last = wide.at(-1);
    if (last?.startUs !== start) {
      last = { startUs: start, value: new Cell() };
      wide.push(last);
    }
    last.value.merge(value);
  }
  return wide;
}
