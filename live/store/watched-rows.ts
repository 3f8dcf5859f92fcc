import { Deriver, newObservation, observe } from '../../analysis/index.js';
import type { ArchivedRecord } from '../../parse/index.js';
import { RecordView } from '../../parse/snapshot/index.js';
import { timelineSample } from '../../view/connection/index.js';
import type { LiveRow } from './live-row.js';
import { RecordCells } from './record-cells.js';

/** Rows with cells of every record, at most. */
const MAX_WATCHED = 64;
/** Part of the memory of the history that these cells may take. */
const MEMORY_SHARE = 0.5;

/** Row that clients watch. */
interface Watched {
  /** Number of those who watch it. */
  watchers: number;
  /** Undefined while too many others have cells. */
  cells: RecordCells | undefined;
  readonly deriver: Deriver;
}

/** Options of {@link WatchedRows}. */
export interface WatchedRowsOptions {
  /** Memory of the history, these cells included, bytes. */
  readonly maxBytes: number;
  /** Returns the time that records have now, microseconds since 1970. */
  readonly nowUs: () => number;
  /** Called when the memory of the cells has changed. */
  readonly onBytes: (bytes: number) => void;
}

/** Rows whose every record is kept, because a client looks at them. */
export class WatchedRows {
  readonly #options: WatchedRowsOptions;
  readonly #rows = new Map<LiveRow, Watched>();
  /** Rows that may have cells. */
  readonly max: number;
  #places = 0;
  readonly #view = new RecordView();
  readonly #observation = newObservation();

  constructor(options: WatchedRowsOptions) {
    this.#options = options;
    this.max = Math.min(MAX_WATCHED, Math.floor((options.maxBytes * MEMORY_SHARE) / RecordCells.bytes));
  }

  /** Number of watched rows, those without cells included. */
  get size(): number {
    return this.#rows.size;
  }

  /** Memory of the cells, bytes. */
  get bytes(): number {
    return this.#places * RecordCells.bytes;
  }

  /** Begins to keep each record of a row. Returns the function that ends it. */
  watch(row: LiveRow): () => void {
    let watched = this.#rows.get(row);
    if (watched === undefined) {
      watched = { watchers: 0, cells: undefined, deriver: new Deriver() };
      this.#rows.set(row, watched);
      this.#give(row, watched);
    }
    watched.watchers++;
    const own = watched;
    let isWatching = true;
    return () => {
      if (!isWatching) return;
      isWatching = false;
      own.watchers--;
      if (own.watchers === 0 && this.#rows.get(row) === own) this.forget(row);
    };
  }

  /** Returns the cells of a row: undefined if it is not watched, null if too many others are. */
  cells(row: LiveRow): RecordCells | null | undefined {
    const watched = this.#rows.get(row);
    return watched === undefined ? undefined : (watched.cells ?? null);
  }

  /** Adds the new record of a row, if it is watched. */
  record(row: LiveRow, record: ArchivedRecord): void {
    const watched = this.#rows.get(row);
    if (watched?.cells === undefined) return;
    this.#view.load(record);
    const observation = observe(this.#view, this.#observation);
    watched.cells.add(timelineSample(observation, watched.deriver.next(observation)));
  }

  /** Ends the second of a row. */
  finishSecond(row: LiveRow, second: number): void {
    this.#rows.get(row)?.cells?.finishSecond(second);
  }

  /** Lets the cells of a row go; a row that waits for cells gets them. */
  forget(row: LiveRow): void {
    const watched = this.#rows.get(row);
    if (watched === undefined) return;
    this.#rows.delete(row);
    if (watched.cells === undefined) return;
    watched.cells = undefined;
    this.#places--;
    for (const [each, waiting] of this.#rows) {
      if (waiting.cells === undefined) {
        this.#give(each, waiting);
        break;
      }
    }
    this.#options.onBytes(this.bytes);
  }

  #give(row: LiveRow, watched: Watched): void {
    if (this.#places >= this.max) return;
    this.#places++;
    watched.deriver.reset();
    const { observation } = row;
    const before = timelineSample(observation, watched.deriver.next(observation));
    watched.cells = new RecordCells(before, this.#options.nowUs());
    this.#options.onBytes(this.bytes);
  }
}
