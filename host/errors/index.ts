/** Errors of system calls in words. */
export { describeSystemError } from './system-error.js';
