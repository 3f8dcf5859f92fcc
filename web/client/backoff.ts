/** Waits between attempts to reach the collector again. */
const DELAYS_MS: readonly number[] = [500, 1000, 2000, 4000, 8000];
/** Part of a wait that is random, so that the pages of many do not come back at one moment. */
const SPREAD = 0.25;

/**
 * Returns the time to wait before the next attempt.
 * @param failures attempts that failed in a row, at least 1
 * @param random number from 0 to 1
 */
export function retryDelayMs(failures: number, random: number): number {
  const delay = DELAYS_MS[Math.min(failures, DELAYS_MS.length) - 1] ?? 0;
  return Math.round(delay * (1 + SPREAD * random));
}
