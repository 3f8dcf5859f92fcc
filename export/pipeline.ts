import type { DerivedValues, SnapshotRow } from './columns/index.js';
import type { SnapshotReader } from './snapshot-reader.js';
import { Thinner } from './thinner.js';

/** Deriver of values for the rows of one connection after the other. */
export interface RowDeriver {
  /** Derives the values of the connection's next row; valid until the next call. */
  next(row: SnapshotRow): DerivedValues;
  /** Prepares for the next connection. */
  reset(): void;
}

/** Options of {@link Pipeline}. */
export interface PipelineOptions {
  /** Time of the first snapshot to keep, microseconds since the Unix epoch. */
  readonly sinceUs?: number | undefined;
  /** Time before which snapshots are kept, microseconds since the Unix epoch. */
  readonly untilUs?: number | undefined;
  /** Thins to one row per this time, microseconds, as {@link Thinner} does. */
  readonly everyUs?: number | undefined;
  /** Adds derived values to the rows that remain after thinning, so that intervals are between rows. */
  readonly deriver?: RowDeriver | undefined;
  /** Called with each row, which is valid until it returns. */
  readonly emit: (row: SnapshotRow) => void;
}

/**
 * Selection of snapshots, connection after connection; the archives of a connection must follow one another. Constant
 * memory.
 */
export class Pipeline {
  readonly #sinceUs: number;
  readonly #untilUs: number;
  readonly #deriver: RowDeriver | undefined;
  readonly #emit: (row: SnapshotRow) => void;
  readonly #thinner: Thinner | undefined;
  #connection: string | undefined;
  #ordinal = 0;

  constructor({ sinceUs, untilUs, everyUs, deriver, emit }: PipelineOptions) {
    this.#sinceUs = sinceUs ?? Number.NEGATIVE_INFINITY;
    this.#untilUs = untilUs ?? Number.POSITIVE_INFINITY;
    this.#deriver = deriver;
    this.#emit = emit;
    this.#thinner = everyUs === undefined ? undefined : new Thinner(everyUs, (row) => this.#pass(row));
  }

  /** Adds the next snapshot. */
  add(row: SnapshotReader): void {
    const connection = row.metadata?.uuid ?? row.path;
    if (connection !== this.#connection) {
      this.finish();
      this.#connection = connection;
    }
    row.ordinal = ++this.#ordinal;
    const { timeUs } = row.view;
    if (timeUs < this.#sinceUs || timeUs >= this.#untilUs) return;
    if (this.#thinner === undefined) this.#pass(row);
    else this.#thinner.add(row);
  }

  /** Ends the last connection. */
  finish(): void {
    this.#thinner?.finish();
    this.#deriver?.reset();
    this.#connection = undefined;
    this.#ordinal = 0;
  }

  #pass(row: SnapshotReader): void {
    row.derived = this.#deriver?.next(row);
    this.#emit(row);
  }
}
