/** Reads many archives, as every tool does: record by record, on one thread or several. */
export type { Archives, FoundArchives, SharedArchives } from './archives.js';
export { settle } from './settle.js';
export { type Convert, pathsTask, type ReadPaths, serveConversion, servePaths } from './task-worker.js';
export { readOnThreads, threadsPay } from './tasks.js';
export { type LoadRecord, visitRecords } from './visit-records.js';
