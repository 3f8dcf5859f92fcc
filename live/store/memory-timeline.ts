import { Timeline } from '../../view/connection/index.js';
import type { ConnectionTimeline, TimelineRange } from './connection-store.js';
import { type History, MERGED_SEC } from './history.js';
import type { LiveRow } from './live-row.js';
import type { RecordCells } from './record-cells.js';

const SECOND_US = 1e6;

/** Cells of a row in memory. */
export interface RowCells {
  readonly history: History<LiveRow>;
  /** Cells of every record: undefined if the row is not watched, null if too many others are. */
  readonly records: RecordCells | null | undefined;
  /** Difference of the clock from the seconds of the history. */
  readonly shiftUs: number;
}

/** Returns the timeline of a row from memory: of every record if that is asked for and there, else of seconds. */
export function memoryTimeline(cells: RowCells, row: LiveRow, range: TimelineRange): ConnectionTimeline {
  const { records } = cells;
  const { widthUs = SECOND_US, fromUs = row.startUs } = range;
  if (widthUs >= SECOND_US) return secondsOf(cells, row, range);
  if (records !== undefined && records !== null && fromUs >= records.sinceUs)
    return recordsOf(records, { ...range, widthUs });
  return { ...secondsOf(cells, row, range), reason: reasonFor(records) };
}

function reasonFor(records: RecordCells | null | undefined): string {
  if (records === undefined)
    return 'memory has one cell a second, and more only while a stream of the connection is open, or it is watched';
  if (records === null) return 'memory has one cell a second: too many other connections have more';
  return `memory has one cell a second, and more only since ${new Date(records.sinceUs / 1000).toISOString()}`;
}

function recordsOf(
  records: RecordCells,
  {
    fromUs = Number.NEGATIVE_INFINITY,
    untilUs = Number.POSITIVE_INFINITY,
    widthUs,
  }: TimelineRange & { widthUs: number },
): ConnectionTimeline {
  const timeline = new Timeline({ baseUs: 0, widthUs });
  timeline.precede(records.before);
  for (const sample of records.samples()) {
    if (sample.timeUs >= untilUs) break;
    if (sample.timeUs < fromUs) timeline.precede(sample);
    else timeline.add(sample);
  }
  const { startUs, spanUs, cellUs } = timeline;
  return { source: 'memory', startUs, spanUs, cellUs, cells: () => timeline.cells(), parts: [] };
}

function secondsOf({ history, records, shiftUs }: RowCells, row: LiveRow, range: TimelineRange): ConnectionTimeline {
  const fromUs = (range.fromUs ?? Number.NEGATIVE_INFINITY) - shiftUs;
  const untilUs = (range.untilUs ?? Number.POSITIVE_INFINITY) - shiftUs;
  const widthUs = Math.max(range.widthUs ?? 0, history.hasMerged(row) ? MERGED_SEC * SECOND_US : SECOND_US);
  const first = history.firstSecond(row);
  const startUs = first === undefined ? undefined : Math.floor((first * SECOND_US) / widthUs) * widthUs;
  const extremes = (second: number) => records?.extremes(second);
  const all = startUs === undefined ? [] : history.cells(row, startUs, widthUs, extremes);
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
