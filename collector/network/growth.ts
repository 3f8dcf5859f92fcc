const WRAP = 2 ** 32;
const HALF = 2 ** 31;

/**
 * By how much a 32-bit counter grew, which begins anew at 2^32: nobody sends half as many segments between two looks. What
 * would be more ran backwards, and has not grown.
 * @param mayWrap false when the connection's other counters show that they all began anew
 */
export function growth32(before: number, now: number | undefined, mayWrap: boolean): number {
  if (now === undefined) return 0;
  // What has been counted may be above 2^32.
  const by = (((now - before) % WRAP) + WRAP) % WRAP;
  if (by >= HALF || (!mayWrap && now < before % WRAP)) return 0;
  return by;
}
