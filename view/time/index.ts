/** Times as people read them. */
export { clock, ZONES, type Zone } from './time-of-day.js';
