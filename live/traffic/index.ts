/** Counters of what connections move, as a subscriber of the cache. */

export { type Traffic, TrafficMeter } from './traffic-meter.js';
