import type { ConnectionTimeline, TimelineRange } from './connection-store.js';
import { type History, MERGED_SEC } from './history.js';
import type { LiveRow } from './live-row.js';

/**
 * Returns the timeline of a row from the history in memory.
 * @param shiftUs difference of the clock from the seconds of the history
 */
export function memoryTimeline(
  history: History<LiveRow>,
  row: LiveRow,
  range: TimelineRange,
  shiftUs: number,
): ConnectionTimeline {
  const fromUs = (range.fromUs ?? Number.NEGATIVE_INFINITY) - shiftUs;
  const untilUs = (range.untilUs ?? Number.POSITIVE_INFINITY) - shiftUs;
  const widthUs = Math.max(range.widthUs ?? 0, history.hasMerged(row) ? MERGED_SEC * 1e6 : 1e6);
  const first = history.firstSecond(row);
  const startUs = first === undefined ? undefined : Math.floor((first * 1e6) / widthUs) * widthUs;
  const all = startUs === undefined ? [] : history.cells(row, startUs, widthUs);
  const cells = all.filter((cell) => {
    const cellUs = (startUs ?? 0) + cell.startUs;
    return cellUs + widthUs > fromUs && cellUs < untilUs;
  });
  const last = cells.at(-1);
  return {
    source: 'memory',
    startUs: startUs === undefined ? undefined : startUs + shiftUs,
    spanUs: last === undefined ? 0 : last.startUs + widthUs,
    cellUs: widthUs,
    cells: () => cells,
    parts: [],
    ...(row.history.cutUntil === 0 ? {} : { droppedUntilUs: row.history.cutUntil * 1e6 + shiftUs }),
    ...(range.untilUs === undefined ? { totals: totalsOf(row) } : {}),
  };
}

/** Returns the counters at the end of the last second, without the growth since. */
function totalsOf(row: LiveRow): NonNullable<ConnectionTimeline['totals']> {
  const { growth } = row;
  const less = (total: number | null, grown = 0): number | null => (total === null ? null : total - grown);
  return {
    bytesSent: less(row.total('bytesSent'), growth?.sentBytes),
    bytesAcked: less(row.total('bytesAcked'), growth?.ackedBytes),
    bytesReceived: less(row.total('bytesReceived'), growth?.receivedBytes),
    totalRetrans: less(row.total('totalRetrans'), growth?.retransSegments),
  };
}
