/** Reads archives: paths, tars and streams → records. Decompresses, and reports damage. */
export { ArchiveInputError, type ArchiveInputErrorDetails } from './error.js';
export { type ArchivedExchange, readExchanges } from './exchanges.js';
export { type FoundInputs, findAllInputs, findInputs, noConnections } from './find.js';
export { type JoinedLinesOptions, joinedLines } from './joined-lines.js';
export { type ArchiveLine, MAX_LINE_BYTES, type ReadOptions, readLines } from './lines.js';
export { type FileKind, kindOf, type Part, partOf } from './names.js';
export { type Archive, type InputOptions, openFound, openInputs } from './open.js';
export { Problems, type ProblemsOptions, type ProblemsSummary, StrictError } from './problems.js';
export { type NumberedRecord, RecordBatch, readRecordBatches, readRecords } from './records.js';
export { type ArchiveSource, fileSource, streamSource } from './source.js';
