/** Connections of archives: one row for each that is selected. */
export { eachChosen, WhereError } from './chosen.js';
export { areOfOneEach, latestFirst } from './latest.js';
