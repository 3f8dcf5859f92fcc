import type { Column, SnapshotRow } from '../columns/index.js';
import type { ParquetDatasetOptions } from './dataset.js';
import { dayOfUs } from './partition-day.js';

/**
 * Column with the full nanoseconds of a snapshot's time. `timestamp` itself is in microseconds, the type that all
 * readers of Parquet support.
 */
const TIMESTAMP_NS: Column = {
  name: 'timestamp_ns',
  group: 'identity',
  type: 'int64',
  unit: 'ns',
  description: 'The timestamp in full: nanoseconds since the Unix epoch',
  read: () => null,
};

/** Returns the columns for Parquet and DuckDB: `timestamp_ns` follows `timestamp`. */
export function withTimestampNs(columns: readonly Column[]): readonly Column[] {
  return columns.flatMap((column) =>
    column.name === 'timestamp'
      ? [column, { ...TIMESTAMP_NS, read: column.read, ...(column.time === undefined ? {} : { time: column.time }) }]
      : [column],
  );
}

/** Returns the dataset options for snapshots. */
export function snapshotParquet(
  columns: readonly Column[],
  allColumns: readonly Column[],
): Pick<ParquetDatasetOptions<SnapshotRow>, 'columns' | 'allColumns' | 'dayColumn' | 'dayOf' | 'sourceOf'> {
  const all = withTimestampNs(allColumns);
  const byName = new Map(all.map((column) => [column.name, column]));
  const timestamp = byName.get('timestamp');
  if (timestamp === undefined) throw new TypeError('snapshots have no timestamp');
  return {
    columns: withTimestampNs(columns).map((column) => byName.get(column.name) ?? column),
    allColumns: all,
    dayColumn: timestamp.name,
    dayOf: (row) => dayOfUs(timeOf(row, timestamp)),
    sourceOf: (row) => row,
  };
}

/** Range of microseconds whose times the timestamp column can always hold. */
const SURE_FROM_US = 0;
const SURE_TO_US = 9e15;

/** Returns the time of a row, or null if it has none. Avoids bigints except for times in other centuries. */
function timeOf(row: SnapshotRow, timestamp: Column): number | null {
  const { timeUs } = row.view;
  return (timeUs > SURE_FROM_US && timeUs < SURE_TO_US) || timestamp.read(row) !== null ? timeUs : null;
}
