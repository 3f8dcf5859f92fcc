import type { Column, SnapshotRow } from '../columns/column.js';
import type { ParquetDatasetOptions } from './dataset.js';
import { dayOfUs } from './partition-day.js';

/**
 * The time of a snapshot to the nanosecond, beside `timestamp`, which is in microseconds: what all readers of Parquet
 * have a type for.
 */
const TIMESTAMP_NS: Column = {
  name: 'timestamp_ns',
  group: 'identity',
  type: 'int64',
  unit: 'ns',
  description: 'The timestamp in full: nanoseconds since the Unix epoch',
  read: () => null,
};

/** Columns as Parquet and DuckDB have them: `timestamp_ns` follows `timestamp`. */
export function withTimestampNs(columns: readonly Column[]): readonly Column[] {
  return columns.flatMap((column) =>
    column.name === 'timestamp' ? [column, { ...TIMESTAMP_NS, read: column.read }] : [column],
  );
}

/** What is particular to a dataset of snapshots. */
export function snapshotParquet(
  columns: readonly Column[],
  allColumns: readonly Column[],
): Pick<ParquetDatasetOptions<SnapshotRow>, 'columns' | 'allColumns' | 'dayColumn' | 'dayOf'> {
  const all = withTimestampNs(allColumns);
  const byName = new Map(all.map((column) => [column.name, column]));
  const timestamp = byName.get('timestamp');
  if (timestamp === undefined) throw new TypeError('snapshots have no timestamp');
  return {
    columns: withTimestampNs(columns).map((column) => byName.get(column.name) ?? column),
    allColumns: all,
    dayColumn: timestamp.name,
    dayOf: (row) => dayOfUs(timeOf(row, timestamp)),
  };
}

/** Microseconds by which every time is one that the column has, too. */
const SURE_FROM_US = 0;
const SURE_TO_US = 9e15;

/** The time of a row where it has one. Without a bigint, but for times in other centuries. */
function timeOf(row: SnapshotRow, timestamp: Column): number | null {
  const { timeUs } = row.view;
  return (timeUs > SURE_FROM_US && timeUs < SURE_TO_US) || timestamp.read(row) !== null ? timeUs : null;
}
