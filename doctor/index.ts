/** Checks what this machine allows, what it costs, and what to do about it. */

export type { CheckResult, Level } from './check.js';
export { createContext, type DoctorOptions } from './context.js';
export { type Examination, examine } from './examine.js';
