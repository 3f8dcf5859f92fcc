/** Records → tables: columns, and CSV made of them. */
export { type CsvColumn, writeCsvHeader, writeCsvRow } from './csv-table.js';
export { CsvWriter } from './csv-writer.js';
export { REFERENCE_COLUMNS } from './reference-columns.js';
export { ReferenceRow } from './reference-row.js';
