/** Time of connections by the cause that limited them. A face of its own: it loads the analysis, which nothing else here needs. */
export { LimitMeter, type LimitMeterOptions } from './limit-meter.js';
