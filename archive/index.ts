/** Visits the records of archives: what every tool does with them, one record after the other. */
export { type LoadRecord, visitRecords } from './visit-records.js';
