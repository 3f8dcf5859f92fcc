/** The library's front door: paths → decoded snapshots. */
export { type ReadSnapshotsOptions, readSnapshots, type StoredSnapshot } from './read-snapshots.js';
