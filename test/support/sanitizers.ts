import { skipped } from './programs.js';

/** True when the tests and the programs that they start run under the address sanitizer: see `native/sanitize.mjs`. */
export const isSanitized = /\blibasan\b/.test(process.env['LD_PRELOAD'] ?? '');

/** Factor of all deadlines: the sanitizer, and garbage collection without end, make programs this much slower. */
export const SLOWNESS = isSanitized ? 5 : 1;

/**
 * Returns true if tests run under the address sanitizer, for a test without meaning there; then reports on stderr that
 * it is skipped.
 * @param reason verb and object; the sanitizer is the subject
 */
export function unfitForSanitizers(what: string, reason: string): boolean {
  if (isSanitized) skipped(what, `the address sanitizer ${reason}`);
  return isSanitized;
}
