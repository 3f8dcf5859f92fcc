/** Records → tables: columns, and CSV, JSONL and others made of them. */
export { type Column, type ColumnType, type ColumnValue, type SnapshotRow, toInt64 } from './columns/column.js';
export { SNAPSHOT_COLUMNS, THINNING_COLUMNS } from './columns/snapshot-columns.js';
export { type CsvColumn, writeCsvHeader, writeCsvRow } from './csv-table.js';
export { CsvWriter } from './csv-writer.js';
export { REFERENCE_COLUMNS } from './reference-columns.js';
export { ReferenceRow } from './reference-row.js';
export { SnapshotReader } from './snapshot-reader.js';
