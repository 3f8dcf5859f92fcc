/** Words for people: suggestions for wrong ones, and text that is safe for a terminal. */
export { editDistance } from './edit-distance.js';
export { messageLine, oneLine } from './message.js';
export { printable } from './printable.js';
