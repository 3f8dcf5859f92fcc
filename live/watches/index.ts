/** Watches of connections: exact reads at an interval of their own, beside the scans. */
export {
  type StartedWatch,
  WatchError,
  type WatchErrorCode,
  type Watching,
  type WatchRequest,
} from './watching.js';
