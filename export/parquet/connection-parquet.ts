import type { ConnectionRow } from '../../analysis/index.js';
import { CONNECTION_COLUMNS } from '../columns/index.js';
import type { ParquetDatasetOptions } from './dataset.js';
import { dayOfUs } from './partition-day.js';

const DAY_COLUMN = 'start_time';

/** Returns the dataset options for connections, partitioned by the day on which they were first seen. */
export function connectionParquet(): Pick<
  ParquetDatasetOptions<ConnectionRow>,
  'columns' | 'allColumns' | 'dayColumn' | 'dayOf'
> {
  const start = CONNECTION_COLUMNS.find(({ name }) => name === DAY_COLUMN);
  if (start === undefined) throw new TypeError(`connections have no ${DAY_COLUMN}`);
  return {
    columns: CONNECTION_COLUMNS,
    allColumns: CONNECTION_COLUMNS,
    dayColumn: DAY_COLUMN,
    dayOf: (row) => {
      const ns = start.read(row);
      return dayOfUs(ns === null ? null : Number(ns) / 1000);
    },
  };
}
