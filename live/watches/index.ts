/** Watches of connections: exact reads at an interval of their own, beside the scans. Loaded with the first watch. */
export { WATCH_BOUNDS, WatchManager, type WatchManagerOptions } from './watch-manager.js';
export { WatchTargets, type WatchTargetsOptions } from './watch-targets.js';
