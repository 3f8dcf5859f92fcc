import { describe, expect, it } from 'vitest';
import { laneBars } from '../../../web/charts/lane-geometry.js';

const RANGE = { fromMs: 1000, untilMs: 5000 };

describe('bars of a lane', () => {
  it('join neighbours whose shares look alike', () => {
    expect(laneBars([1000, 2000, 3000, 4000], [0.3, 0.5, 0.6, null], 1000, RANGE, 400)).toEqual([
      { x: 0, width: 200, share: 0.5 },
      { x: 200, width: 100, share: 0.75 },
    ]);
  });

  it('are cut at both ends of the range', () => {
    expect(laneBars([0, 4500], [1, 1], 1000, RANGE, 400)).toEqual([{ x: 0, width: 400, share: 1 }]);
    expect(laneBars([0, 500, 4500], [1, null, 1], 1000, RANGE, 400)).toEqual([{ x: 350, width: 50, share: 1 }]);
  });

  it('do not exist outside the range, and are at least a pixel wide inside', () => {
    expect(laneBars([0, 1000, 1001, 5000], [1, 0, 1, 1], 1, RANGE, 0.4)).toEqual([{ x: 0.0001, width: 1, share: 1 }]);
    expect(laneBars([0, 500], [1, 0], 500, RANGE, 400)).toEqual([]);
  });
});
