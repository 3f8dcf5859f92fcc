/** Reads of watched connections: loaded with the first watch. */
export { type ArchivingObserver, BeatThinner } from './beat-thinner.js';
export { WatchReads, type WatchReadsOptions, watcherCreator } from './watch-reads.js';
