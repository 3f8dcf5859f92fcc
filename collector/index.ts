/** Scan loop: feeds the poll thread's batches to the caches. */
export { Collector, type CollectorOptions, type CreatePoller, DestroyEventsError } from './collector.js';
export type { ConnectionReads, PlaceReads, ReadPlace } from './connection-reads.js';
export type { MessageReader } from './message-reader.js';
export { FOREIGN_MAX_RECENTLY_CLOSED, type NamespacesOptions } from './namespaces.js';
export type { ScanObserver } from './scan-observer.js';
export {
  DESTROY_EVENTS_MODES,
  type DestroyEventsMode,
  emptyWalk,
  kernelFilterBytes,
  queryMethodName,
  tcpConnections,
  tcpHalfOpen,
  tcpListeners,
} from './source.js';
export { WatchedFilters } from './watched-filters.js';
export type { WatchedOptions } from './watched-sockets.js';
