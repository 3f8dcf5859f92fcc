import type { Derived } from '../../analysis/index.js';
import type { ArchivedRecord, LineTime, Metadata } from '../../parse/index.js';
import type { RecordBytes, RecordView } from '../../parse/snapshot/index.js';
import type { ColumnInputs } from './inputs.js';

/**
 * Type of a column's values. `int32` holds kernel values of 8 or 16 bits, `int64` wider ones; `timestamp` is
 * nanoseconds since the Unix epoch, in UTC.
 */
export type ColumnType = 'string' | 'bool' | 'int32' | 'int64' | 'double' | 'timestamp';

/** Value of a column. A bigint is a timestamp, or an integer that a number could not hold exactly. */
export type ColumnValue = string | boolean | number | bigint | null;

/** Column of a table of `Row`s. CSV, JSONL, Parquet, DDL and documentation all derive from it. */
export interface Column<Row = SnapshotRow> {
  /** Name: the kernel's name of the field, e.g. `tcpi_rtt`, or our own if the kernel has none. */
  readonly name: string;
  /** Group of the column; selects all its columns at once. */
  readonly group: string;
  readonly type: ColumnType;
  /** Unit, e.g. `us`, `bytes`, `bytes/s`, `packets`; absent without one, as for texts. */
  readonly unit?: string;
  /** Description: one sentence without a full stop. */
  readonly description: string;
  /** First kernel release with the value; absent if it does not come from the kernel. */
  readonly since?: string;
  /**
   * Returns the value; null if the record does not have it, or if the kernel reports no value. An integer is
   * exact; an unsigned one may exceed int64, see {@link toInt64}.
   */
  readonly read: (row: Row) => ColumnValue;
  /**
   * Returns whether `read` gives null because the kernel reports that there is no value. Absent if the kernel has no
   * such report.
   */
  readonly isNone?: (row: Row) => boolean;
  /** Returns a timestamp as RFC 3339 in UTC, with up to nine digits and no trailing zeros. Faster than `read`. */
  readonly text?: (row: Row) => string | null;
  /** Returns the place of that text in the line; undefined if the line has another form. Faster than `text`. */
  readonly inLine?: (row: Row) => LineTime | undefined;
  /** Returns a timestamp as it was read in the line; undefined if only `read` knows it. Needs no bigint. */
  readonly time?: (row: Row) => LineTime | undefined;
  /** Everything that the value follows from; absent if the value may change with any row. */
  readonly inputs?: ColumnInputs;
}

/** Values of the derived columns, from a snapshot and the previous one of its connection. */
export type DerivedValues = Readonly<Omit<Derived, 'exchanges'>>;

/** Source of a snapshot's columns; its bytes are the view's. One row object serves all snapshots. */
export interface SnapshotRow extends RecordBytes {
  readonly view: RecordView;
  /** Record that the row shows; valid as long as its memory is. */
  readonly record: ArchivedRecord;
  /** Metadata of the record's archive; undefined if it has none, or none yet. */
  readonly metadata: Metadata | undefined;
  /** Path of the archive, as the user knows it. */
  readonly path: string;
  /** Values derived from this snapshot and earlier ones; undefined unless requested. */
  readonly derived: DerivedValues | undefined;
  /** Number of snapshots that thinning left out between the previous row and this one. */
  readonly dropped: number;
  /** Number of the snapshot among all of its connection, from 1, including those left out. */
  readonly ordinal: number;
}

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/**
 * Returns a value for an output with signed 64-bit integers: null for an integer beyond them, any other value
 * unchanged.
 */
export function toInt64(value: ColumnValue): ColumnValue {
  return typeof value === 'bigint' && (value > INT64_MAX || value < INT64_MIN) ? null : value;
}
