/** Archives that a crash has cut: found, and mended without losing what stands before the cut. */
export type { Condition, Finding } from './examine.js';
export { type Action, type RepairOptions, type Result, repair } from './repair.js';
export { findWriters, type Writers } from './writers.js';
