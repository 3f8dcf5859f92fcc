/** Finds archives that a crash has truncated, and repairs them without losing their valid frames. */
export type { Condition, Finding } from './examine.js';
export { type Action, type RepairOptions, type Result, repair } from './repair.js';
export { findWriters, type Writers } from './writers.js';
