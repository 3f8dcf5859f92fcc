import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexAt, largestIn, lastValue } from '../../../web/charts/chart-series.js';
import { sparklinePath } from '../../../web/charts/sparkline-path.js';

describe('values of a chart', () => {
  it('hold from their moment to the next one', () => {
    const times = [10, 20, 30];
    expect([9, 10, 19, 20, 99].map((time) => indexAt(times, time))).toEqual([-1, 0, 0, 1, 2]);
    expect(lastValue(times, [1, null, 3], 25)).toBe(1);
    expect(lastValue(times, [null, null, 3], 25)).toBeNull();
  });

  it('are found as a search from the first one finds them', () => {
    const sorted = fc.array(fc.integer({ min: 0, max: 50 })).map((times) => times.sort((a, b) => a - b));
    fc.assert(
      fc.property(sorted, fc.integer({ min: -1, max: 51 }), (times, time) => {
        expect(indexAt(times, time)).toBe(times.filter((each) => each <= time).length - 1);
      }),
    );
  });

  it('have a largest one in the range, that of bands and of the value before included', () => {
    const series = [
      {
        label: 'a',
        colour: 'blue',
        dash: 'solid',
        values: [5, 1, null, 9],
        band: { low: [5, 1, 1, 9], high: [7, 2, 3, 9] },
      },
    ] as const;
    expect(largestIn([0, 10, 20, 30], series, { fromMs: 12, untilMs: 29 })).toBe(3);
    expect(largestIn([0, 10, 20, 30], series, { fromMs: 5, untilMs: 29 })).toBe(7);
    expect(largestIn([], [], { fromMs: 0, untilMs: 1 })).toBe(0);
  });
});

describe('path of a small chart', () => {
  it('goes from the floor at 0 to the top at the largest value', () => {
    expect(sparklinePath([0, 5, 10], 20, 12)).toEqual({ line: 'M0 11L10 6L20 1', area: 'M0 11L10 6L20 1L20 11L0 11Z' });
  });

  it('has a gap where nothing is known', () => {
    expect(sparklinePath([4, null, 4], 20, 12).line).toBe('M0 1M20 1');
    expect(sparklinePath([null], 20, 12)).toEqual({ line: '', area: '' });
  });

  it('lies on the floor without any traffic', () => {
    expect(sparklinePath([0, 0], 20, 12).line).toBe('M0 11L20 11');
  });
});
