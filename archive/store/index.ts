/** Store over archives: rows of all their connections, for the same lists and charts as live connections. */
export type { ArchiveStore } from './archive-store.js';
export { archivedCgroup, archivedProcess } from './archived-owner.js';
export { ArchiveStoreError, type ArchiveStoreErrorCode } from './error.js';
export { type ArchiveStoreOptions, MAX_ARCHIVE_ROWS, openArchiveStore } from './open-archive-store.js';
