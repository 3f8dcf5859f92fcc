import { describe, expect, it } from 'vitest';
import { HistogramWindow, pairedRatios, quantile, summarize } from '../../bench/statistics.mjs';

describe('quantile', () => {
  it('interpolates between two values', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([10, 20, 30], 0.25)).toBe(15);
    expect(quantile([7], 0.99)).toBe(7);
  });

  it('is NaN without values', () => {
    expect(quantile([], 0.5)).toBeNaN();
  });

  it('sorts numerically without changing its input', () => {
    const values = [100, 9, 20];
    expect(quantile(values, 0)).toBe(9);
    expect(values).toEqual([100, 9, 20]);
  });
});

describe('summarize', () => {
  it('returns median, extremes and quartiles', () => {
    expect(summarize([5, 1, 2, 4, 3])).toEqual({ median: 3, min: 1, max: 5, q1: 2, q3: 4, count: 5 });
  });

  it('returns undefined without values', () => {
    expect(summarize([])).toBeUndefined();
  });
});

describe('pairedRatios', () => {
  it('skips pairs with a missing value or a zero divisor', () => {
    expect(pairedRatios([2, undefined, 9, 8], [1, 2, undefined, 0])).toEqual([2]);
  });
});

describe('HistogramWindow', () => {
  const scrape = (...counts: number[]): Map<string, number> =>
    new Map([
      ['late_seconds_bucket{le="+Inf"}', counts[2] ?? 0],
      ['late_seconds_bucket{le="0.001"}', counts[0] ?? 0],
      ['late_seconds_bucket{le="0.01"}', counts[1] ?? 0],
      ['late_seconds_count', counts[2] ?? 0],
      ['late_seconds_sum', counts[3] ?? 0],
      ['other_seconds_bucket{le="5"}', 77],
    ]);

  it('counts what was added between two scrapes', () => {
    const window = new HistogramWindow('late_seconds', scrape(10, 20, 20, 1), scrape(108, 119, 120, 3));
    expect(window.count).toBe(100);
    expect(window.mean).toBe(0.02);
    expect(window.atMost(0.5)).toBe(0.001);
    expect(window.atMost(0.99)).toBe(0.01);
    expect(window.atMost(1)).toBe(Number.POSITIVE_INFINITY);
  });

  it('reports the highest non-empty bucket as the maximum', () => {
    expect(new HistogramWindow('late_seconds', new Map(), scrape(5, 5, 5, 1)).atMost(1)).toBe(0.001);
  });

  it('reports undefined without values', () => {
    const window = new HistogramWindow('late_seconds', scrape(1, 1, 1, 1), scrape(1, 1, 1, 1));
    expect(window.mean).toBeUndefined();
    expect(window.atMost(0.99)).toBeUndefined();
  });
});
