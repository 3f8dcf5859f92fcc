/** Counters of what connections move, as a subscriber of the cache. */

export { TrafficMeter } from './traffic-meter.js';
