/** Main entry of the library: paths → decoded snapshots. */
export { type ReadSnapshotsOptions, readSnapshots, type StoredSnapshot } from './read-snapshots.js';
