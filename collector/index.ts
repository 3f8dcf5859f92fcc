/** The loop between the poll thread and the cache. */
export { Collector, type CollectorOptions, type CreatePoller, DestroyEventsError } from './collector.js';
export { DESTROY_EVENTS_MODES, type DestroyEventsMode, kernelFilterBytes, tcpConnections, wayName } from './source.js';
export { TrafficMeter } from './traffic-meter.js';
