/** The loop between the poll thread and the cache. */
export { Collector, type CollectorOptions, type CreatePoller, DestroyEventsError } from './collector.js';
export { NamespaceError, type NamespaceErrorCode } from './namespace-error.js';
export type { NamespaceFiles } from './namespace-files.js';
export { NamespaceFinder } from './namespace-finder.js';
export {
  describeTarget,
  distinctNamespaces,
  type FoundNamespace,
  type NamespaceId,
  type NamespaceTarget,
  namespaceKey,
  parseNamespaceTarget,
} from './namespace-list.js';
export type { NamespacesOptions } from './namespaces.js';
export * from './network/index.js';
export { ProcessNamespaces } from './process-namespaces.js';
export {
  DESTROY_EVENTS_MODES,
  type DestroyEventsMode,
  emptyWalk,
  kernelFilterBytes,
  tcpConnections,
  tcpHalfOpen,
  tcpListeners,
  wayName,
} from './source.js';
export { TrafficMeter } from './traffic-meter.js';
