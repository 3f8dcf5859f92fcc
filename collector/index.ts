/** The loop between the poll thread and the cache. */
export { Collector, type CollectorOptions, type CreatePoller } from './collector.js';
export { RateMeter } from './rate-meter.js';
export { tcpConnections, WAY_NAMES } from './source.js';
