/** DuckDB, loaded on demand: filters and tables filled from rows. */
export { BatchFilter, type BatchFilterOptions } from './batch-filter.js';
export { CHUNK_ROWS } from './column-buffer.js';
export { asDuckDbError, Engine, type EngineOptions, type Openings, quoteList, quoteName, quoteText } from './engine.js';
export { type DuckDb, DuckDbError, loadDuckDb } from './library.js';
export { RowFilter, type RowFilterOptions } from './row-filter.js';
export { createTable, type RowSource, SQL_TYPES, TableWriter } from './table-writer.js';
export { checkExpression, findMentions, usedColumns } from './used-columns.js';
