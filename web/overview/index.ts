/** Strip with all connections together over the last minutes; a brush chooses a time. */
export { OverviewStrip } from './overview-strip.js';
