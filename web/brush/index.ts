/** Range of time that the page is limited to: bounds in the address, the filter for them, and moves of their ends. */
export { chosenFilter, ownPosition, rangeFilter, withCondition } from './range-filter.js';
export { type BrushRange, edgeAfterKey, orderedRange, placeOfRange, rangeOfPlace } from './time-range.js';
