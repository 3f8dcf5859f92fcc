import { describe, expect, it } from 'vitest';
import { segmentIncrease } from '../../../live/network/segment-increase.js';

const U32 = 2 ** 32;

describe('growth32', () => {
  it.each([
    [5, 7, 2],
    [5, undefined, 0],
    [5, 5, 0],
    // Decreasing.
    [7, 5, 0],
    [2 ** 31, 0, 0],
    // Wrapped at 2^32, also for the second time.
    [U32 - 1, 3, 4],
    [2 * U32 - 1, 3, 4],
    [U32 + 3, 9, 6],
    [U32 + 3, 1, 0],
  ])('from %s to %s is %s', (before, now, by) => {
    expect(segmentIncrease(before, now, true)).toBe(by);
  });

  it('treats a smaller number as no growth when the connection started again', () => {
    expect(segmentIncrease(U32 - 1, 3, false)).toBe(0);
    expect(segmentIncrease(U32 + 3, 9, false)).toBe(6);
  });
});
