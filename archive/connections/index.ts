/** Connections of archives: one row for each that is selected, and the archives that may hold these. */
export { candidates } from './candidates.js';
export { eachChosen, WhereError } from './chosen.js';
export { areOfOneEach, latestFirst } from './latest.js';
