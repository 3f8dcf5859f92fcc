/** Seconds after which something is looked at again; the last one repeats. */
const SECONDS = [1, 3, 6, 12, 24, 48, 60] as const;
const LAST = 60;

/**
 * Returns the time of the next search for something that has been searched for `searches` times before. Times of
 * several things coincide, so that one search is made for all.
 */
export function nextSearchMs(searches: number, nowMs: number): number {
  const delayMs = rereadDelayMs(searches);
  const gridMs = delayMs / 2;
  return Math.ceil((nowMs + delayMs) / gridMs) * gridMs;
}

/** Returns the milliseconds until the next look, after `looks` of them (0 after the first finding). */
export function rereadDelayMs(looks: number): number {
  return (SECONDS[looks] ?? LAST) * 1000;
}
