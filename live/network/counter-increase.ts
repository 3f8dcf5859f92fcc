const WRAP = 2 ** 32;
const HALF = 2 ** 31;

/**
 * Returns the increase of a 32-bit counter that wraps at 2^32. No connection sends 2^31 segments between two looks, so
 * a larger difference means that the counter decreased: the increase is then 0.
 * @param mayWrap false when other counters of the connection show that all were reset
 */
export function counterIncrease32(before: number, now: number | undefined, mayWrap: boolean): number {
  if (now === undefined) return 0;
  // `before` may be above 2^32.
  const by = (((now - before) % WRAP) + WRAP) % WRAP;
  if (by >= HALF || (!mayWrap && now < before % WRAP)) return 0;
  return by;
}
