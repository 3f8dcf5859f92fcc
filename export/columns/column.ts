import type { Metadata } from '../../parse/index.js';
import type { RecordBytes, RecordView } from '../../snapshot/index.js';

/**
 * What a column's values are. `int32` holds what the kernel has in 8 or 16 bits, `int64` the wider ones; `timestamp` is
 * nanoseconds since the Unix epoch, in UTC.
 */
export type ColumnType = 'string' | 'bool' | 'int32' | 'int64' | 'double' | 'timestamp';

/** A column's value: a bigint is a timestamp, or an integer that a number could not hold exactly. */
export type ColumnValue = string | boolean | number | bigint | null;

/** One column of a table of `Row`s: the one source of CSV, JSONL, Parquet, DDL and documentation. */
export interface Column<Row = SnapshotRow> {
  /** The kernel's name of what it holds, e.g. `tcpi_rtt`; or ours where the kernel has none. */
  readonly name: string;
  /** Which columns it belongs with; names them all at once. */
  readonly group: string;
  readonly type: ColumnType;
  /** e.g. `us`, `bytes`, `bytes/s`, `packets`; absent where there is none, as of texts. */
  readonly unit?: string;
  /** One sentence without a full stop. */
  readonly description: string;
  /** First kernel release that fills it; absent where it is not the kernel's. */
  readonly since?: string;
  /**
   * The value; null when the record does not have it, or the kernel says that there is none. An integer is exact: an
   * unsigned one may lie beyond int64, see {@link toInt64}.
   */
  readonly read: (row: Row) => ColumnValue;
  /** Of columns where the kernel has a way to say that there is none: whether that is why `read` gives null. */
  readonly isNone?: (row: Row) => boolean;
  /** Of timestamps: the same as RFC 3339 in UTC, all nine digits that are not zero; quicker than by `read`. */
  readonly text?: (row: Row) => string | null;
}

/** What analysis/ derives from a snapshot and the one before: as it has it, whose documentation says how. */
export interface DerivedValues {
  readonly intervalUs: number | null;
  readonly sendThroughputBytesPerSec: number | null;
  readonly goodputBytesPerSec: number | null;
  readonly receiveThroughputBytesPerSec: number | null;
  readonly retransmitRateBytes: number | null;
  readonly retransmitRateSegments: number | null;
  readonly flightPackets: number | null;
  readonly bytesInFlight: number | null;
  readonly outstandingBytes: number | null;
  readonly cwndBytes: number | null;
  readonly cwndUse: number | null;
  readonly rwndUse: number | null;
  readonly bbrPhase: string | null;
  readonly busyShare: number | null;
  readonly rwndLimitedShare: number | null;
  readonly sndbufLimitedShare: number | null;
  readonly queueingDelayUs: number | null;
  readonly limitedBy: string | null;
  readonly limitedByEvidence: string | null;
}

/** What the columns of a snapshot read from; its bytes are the view's. One row serves snapshot after snapshot. */
export interface SnapshotRow extends RecordBytes {
  readonly view: RecordView;
  /** Of the archive that the record is in; undefined when it has none, or none yet. */
  readonly metadata: Metadata | undefined;
  /** The archive, as the user knows it. */
  readonly path: string;
  /** What analysis made of this snapshot and the ones before; undefined unless it was asked for. */
  readonly derived: DerivedValues | undefined;
  /** How many snapshots thinning has left out between the row before and this one. */
  readonly dropped: number;
  /** Number of the snapshot among all of its connection, from 1, those left out too. */
  readonly ordinal: number;
}

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/** A value for an output that has 64 signed bits: null for an integer beyond them, anything else as it is. */
export function toInt64(value: ColumnValue): ColumnValue {
  return typeof value === 'bigint' && (value > INT64_MAX || value < INT64_MIN) ? null : value;
}
