/** Tables of records: columns, and CSV, JSONL and other outputs made of them. */

export { analysisDeriver } from './analysis-deriver.js';
export {
  ALL_COLUMNS,
  CONNECTION_COLUMNS,
  type Column,
  type ColumnType,
  type ColumnValue,
  columnGroups,
  DERIVED_COLUMNS,
  type DerivedValues,
  SNAPSHOT_COLUMNS,
  type SnapshotRow,
  selectColumns,
  THINNING_COLUMNS,
  toInt64,
  UnknownColumnError,
} from './columns/index.js';
export { csvColumns } from './csv-columns.js';
export { type CellWriter, type CsvColumn, CsvRows, writeCsvHeader, writeCsvRow } from './csv-table.js';
export { CsvWriter } from './csv-writer.js';
export { type CsvtoolChoice, type CsvtoolTable, openCsvtoolTable } from './csvtool-table.js';
export { createTable, DDL_DIALECTS, type DdlDialect } from './ddl.js';
export {
  BatchFilter,
  type BatchFilterOptions,
  DuckDbError,
  Engine,
  type EngineOptions,
  type Openings,
  quoteText,
  RowFilter,
  type RowFilterOptions,
} from './duckdb/index.js';
export { type EtlArchive, type EtlParser, EtlRows } from './etl.js';
export { ETL_FIELDS, ETL_STRUCTS, type EtlField, type EtlStruct } from './etl-columns.js';
export { JsonLines } from './jsonl.js';
export {
  connectionParquet,
  ParquetDataset,
  type ParquetDatasetOptions,
  ParquetError,
  type ParquetTotals,
  snapshotParquet,
  withTimestampNs,
} from './parquet/index.js';
export { Pipeline, type PipelineOptions, type RowDeriver } from './pipeline.js';
export {
  type ArchiveRow,
  METADATA_COLUMNS,
  type QueryNeeds,
  QuerySession,
  type QuerySessionOptions,
} from './query/index.js';
export { createPrinter, QUERY_FORMATS, type QueryFormat } from './query/printers.js';
export { REFERENCE_COLUMNS } from './reference-columns.js';
export { ReferenceRow } from './reference-row.js';
export { SnapshotReader } from './snapshot-reader.js';
export { EVENT_FIELDS, Thinner } from './thinner.js';
