/** Archives → records: what stands behind a path or a stream, decompressed, line by line. */
export { ArchiveInputError, type ArchiveInputErrorDetails } from './error.js';
export { type ArchiveLine, MAX_LINE_BYTES, type ReadLinesOptions, readLines } from './lines.js';
export { type NumberedRecord, readRecords } from './records.js';
export { type ArchiveSource, fileSource, streamSource } from './source.js';
