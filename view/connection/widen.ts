import type { Bucket } from '../chart/index.js';
import type { ShownTimeline } from './shown.js';
import { Cell } from './timeline-cell.js';

/** Returns a timeline whose cells have at least a width: a multiple of the width that they have. */
export function widened(timeline: ShownTimeline, widthUs: number): ShownTimeline {
  const { startUs, spanUs } = timeline;
  const factor = Math.max(1, Math.ceil(widthUs / timeline.cellUs));
  const cellUs = timeline.cellUs * factor;
  const cells = factor === 1 ? timeline.cells() : merged(timeline.cells(), cellUs);
  return { startUs, spanUs, cellUs, cells: () => cells };
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
