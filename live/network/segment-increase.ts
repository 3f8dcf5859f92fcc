import { counterIncrease32 } from '../../analysis/index.js';

const WRAP = 2 ** 32;

/**
 * Returns the increase of a 32-bit counter that wraps at 2^32. No connection sends 2^31 segments between two looks, so
 * a larger difference means that the counter decreased: the increase is then 0.
 * @param mayWrap false when other counters of the connection show that all were reset
 */
export function segmentIncrease(before: number, now: number | undefined, mayWrap: boolean): number {
  if (now === undefined) return 0;
  // `before` may be above 2^32.
  return !mayWrap && now < before % WRAP ? 0 : (counterIncrease32(before, now) ?? 0);
}
