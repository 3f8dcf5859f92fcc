/** Time of connections by limiting cause. Separate entry point, because it loads the analysis. */
export { LimitMeter, type LimitMeterOptions } from './limit-meter.js';
