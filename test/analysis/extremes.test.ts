import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Extremes } from '../../analysis/extremes.js';

describe('Extremes', () => {
  it('has the smallest and the largest value, and no quantiles', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const extremes = new Extremes();
        for (const value of values) extremes.add(value);
        expect([extremes.min, extremes.max]).toEqual([Math.min(...values), Math.max(...values)]);
        expect(extremes.quantile(0.5)).toBeNull();
      }),
    );
  });

  it('is empty at first and after a reset', () => {
    const extremes = new Extremes();
    expect([extremes.min, extremes.max]).toEqual([null, null]);
    extremes.add(0);
    expect([extremes.min, extremes.max]).toEqual([0, 0]);
    extremes.reset();
    expect([extremes.min, extremes.max]).toEqual([null, null]);
  });
});
