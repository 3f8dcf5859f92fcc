import type { Bucket } from '../chart/index.js';
import type { ShownArchive } from './connection-view.js';
import type { Cell } from './timeline-cell.js';

/** Connection over time, as pictures and tables read it. */
export interface ShownTimeline {
  /** Time of the first cell, microseconds since 1970; undefined without cells. */
  readonly startUs: number | undefined;
  /** Time from the first to the last record, microseconds. */
  readonly spanUs: number;
  /** Width of a cell in microseconds. */
  readonly cellUs: number;
  /** Returns cells with data, in order. */
  cells(): Bucket<Cell>[];
}

/** Timeline to show, and the archives that it is from. */
export interface Shown {
  readonly timeline: ShownTimeline;
  /** Empty for a connection that is shown from memory. */
  readonly parts: readonly ShownArchive[];
}
