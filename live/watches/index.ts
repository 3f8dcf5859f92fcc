/** Watches of connections: exact reads at an interval of their own, beside the scans. */
export { WATCH_BOUNDS, WatchManager, type WatchManagerOptions } from './watch-manager.js';
export { WatchTargets, type WatchTargetsOptions } from './watch-targets.js';
export {
  type StartedWatch,
  WatchError,
  type WatchErrorCode,
  type Watching,
  type WatchRequest,
} from './watching.js';
