/** Words for people: durations and sizes, suggestions for wrong words, and text that is safe for a terminal. */
export { formatDuration, parseDurationNs, parseLongDurationNs } from './duration.js';
export { editDistance } from './edit-distance.js';
export { messageLine, oneLine } from './message.js';
export { printable } from './printable.js';
export { parseSize } from './size.js';
