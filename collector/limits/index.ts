/** Time of connections by limiting cause. Separate entry point: only this and network/ load the analysis. */
export { LimitMeter, type LimitMeterOptions } from './limit-meter.js';
