/** SQL over archives and Parquet. */
export { EXCHANGE_COLUMNS, type ExchangeRow } from './exchange-columns.js';
export { type ArchiveRow, METADATA_COLUMNS } from './metadata-columns.js';
export { type QueryNeeds, QuerySession, type QuerySessionOptions, type QueryTable } from './session.js';
