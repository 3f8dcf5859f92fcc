/** Writes rows to a folder of Parquet files, partitioned by day. */
export { concatenateParquet } from './concatenate.js';
export { connectionParquet } from './connection-parquet.js';
export { ParquetDataset, type ParquetDatasetOptions, type ParquetTotals } from './dataset.js';
export { ParquetError } from './parquet-error.js';
export { dayOfUs, type PartitionDay } from './partition-day.js';
export { snapshotParquet, withTimestampNs } from './snapshot-parquet.js';
