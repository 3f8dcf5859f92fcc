import type { Bucket } from '../../view/chart/index.js';
import type { Cell, Counter, ShownArchive } from '../../view/connection/index.js';
import type { AttributionJson, OverviewSecondJson, StoreBudgetJson } from '../wire/index.js';
import type { StoreRow } from './store-row.js';

/** Range and resolution of a timeline. Absent: all of it, at the store's resolution. */
export interface TimelineRange {
  /** Microseconds since 1970. */
  readonly fromUs?: number;
  /** Microseconds since 1970, exclusive. */
  readonly untilUs?: number;
  /** Smallest width of a cell in microseconds. */
  readonly widthUs?: number;
}

/** Connection over time. */
export interface ConnectionTimeline {
  readonly source: 'memory' | 'recorder' | 'archive';
  /** Time of the first cell, microseconds since 1970; undefined without cells. */
  readonly startUs: number | undefined;
  readonly spanUs: number;
  /** Width of a cell in microseconds. */
  readonly cellUs: number;
  /** Returns cells with data, in order. */
  cells(): Bucket<Cell>[];
  /** Archives of the connection; empty for memory. */
  readonly parts: readonly ShownArchive[];
  /** Sentence that says why cells are wider than asked for; absent if they are not. */
  readonly reason?: string;
  /** Time until which memory has dropped cells, microseconds since 1970; absent if it has all. */
  readonly droppedUntilUs?: number;
  /** Counters at the end of the last second; absent in archives, and if the range ends before it. */
  readonly totals?: Readonly<Record<Counter, number | null>>;
}

/** Connections that can be listed, watched and looked at: live ones, or those of archives. */
export interface ConnectionStore {
  readonly mode: 'live' | 'archive';
  /** Number of the second's computation; it grows by one with each, and changes nothing between. */
  readonly generation: number;
  /** Time of the values, microseconds since 1970. */
  readonly timeUs: number;
  /** Number of all rows. */
  readonly size: number;
  /** Number of rows of closed connections. */
  readonly closedSize: number;
  readonly budget: StoreBudgetJson;
  readonly attribution: AttributionJson;
  /** Iterates over all rows, oldest first. The iteration may be interrupted and continued after changes. */
  rows(): IterableIterator<StoreRow>;
  /** Returns the row of a key. */
  row(key: string): StoreRow | undefined;
  /** Returns the rows of a UUID, oldest first; absent in a store that has to look at all rows. */
  rowsOf?(uuid: string): readonly StoreRow[];
  /** Returns the timeline of a row. */
  timeline(row: StoreRow, range: TimelineRange): Promise<ConnectionTimeline>;
  /**
   * Keeps each record of a row for its timeline, until the returned function is called; absent in a store that has all.
   * Only some rows at a time can have it: the timelines of others say so.
   */
  watch?(row: StoreRow): () => void;
  /** Width of the parts of {@link overview}, microseconds: a second, or more in archives. */
  readonly overviewWidthUs: number;
  /**
   * Returns the last seconds of all connections together, oldest first. In archives the parts of the whole recorded
   * time, whatever the window is.
   */
  overview(windowUs: number): readonly OverviewSecondJson[];
  /** Reads what {@link roundTrips} of a row needs; absent in a store that has it in memory. */
  prepare?(row: StoreRow): Promise<void>;
  /** Returns each round-trip time of a row's last seconds with a record, microseconds, oldest first; none before {@link prepare}. */
  roundTrips(row: StoreRow, windowUs: number): readonly number[];
  /** Calls back after each new generation. Returns the function that ends this. */
  onGeneration(listener: () => void): () => void;
  /** Calls back once when a row is closed, at once if it is. Returns the function that ends this. */
  onClosed(row: StoreRow, listener: () => void): () => void;
}
