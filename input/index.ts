/** Archives → records: what stands behind paths and streams, unpacked, decompressed, line by line; damage told of. */
export { ArchiveInputError, type ArchiveInputErrorDetails } from './error.js';
export { findInputs } from './find.js';
export { type ArchiveLine, MAX_LINE_BYTES, type ReadOptions, readLines } from './lines.js';
export { type FileKind, kindOf, type Part, partOf } from './names.js';
export { type Archive, type InputOptions, openFound, openInputs } from './open.js';
export { Problems, type ProblemsOptions } from './problems.js';
export { type NumberedRecord, RecordBatch, readRecordBatches, readRecords } from './records.js';
export { type ArchiveSource, fileSource, streamSource } from './source.js';
