import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from '../../analysis/index.js';
import { DenseHistogram } from './dense-histogram.js';

const value = fc.oneof(fc.nat({ max: 200 }), fc.nat({ max: 0xffff_ffff }), fc.nat({ max: Number.MAX_SAFE_INTEGER }));
const values = fc.array(value, { minLength: 1, maxLength: 200 });

function of(numbers: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const each of numbers) histogram.add(each);
  return histogram;
}

/** Values of one connection, of few buckets, and values of more buckets than a list takes. */
const many = fc.oneof(
  fc.array(value, { maxLength: 300 }),
  fc.array(fc.integer({ min: 20_000, max: 22_000 }), { minLength: 100, maxLength: 400 }),
  fc.integer({ min: 1, max: 1e6 }).map((seed) => Array.from({ length: 4000 }, (_, i) => (i * i * seed) % 2 ** 40)),
);

describe('a histogram', () => {
  it('is equal to one that has all buckets', () => {
    fc.assert(
      fc.property(many, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat({ max: 2 ** 31 }), (numbers, q, limit) => {
        const [sparse, dense] = [of(numbers), new DenseHistogram()];
        for (const each of numbers) dense.add(each);
        for (const share of [0, 0.5, 0.95, 1, q]) expect(sparse.quantile(share)).toBe(dense.quantile(share));
        for (const each of [limit, 21_000, 128]) expect(sparse.countBetween([each])[0]).toBe(dense.countBelow(each));
      }),
    );
  });

  it('counts equal values beyond 2^32', () => {
    const histogram = of([70, 5000]);
    for (let times = 0; times < 34; times++) histogram.merge(histogram);
    histogram.add(90);
    expect(histogram.count).toBe(2 ** 35 + 1);
    expect([histogram.quantile(0.49), histogram.quantile(0.51)]).toEqual([70, 5000]);
    expect(histogram.countBetween([80, 100])).toEqual([2 ** 34, 1, 2 ** 34]);
  });

  it('reports every quantile within one percent', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (numbers, q) => {
        const sorted = numbers.toSorted((a, b) => a - b);
        const right = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] ?? Number.NaN;
        const found = of(numbers).quantile(q) ?? Number.NaN;
        expect(Math.abs(found - right)).toBeLessThanOrEqual(right < 128 ? 0 : right / 100);
      }),
    );
  });

  it('merges to the histogram of all values', () => {
    fc.assert(
      fc.property(values, values, (some, others) => {
        const merged = of(some);
        merged.merge(of(others));
        const whole = of([...some, ...others]);
        for (const q of [0, 0.05, 0.5, 0.95, 1]) expect(merged.quantile(q)).toBe(whole.quantile(q));
        expect([merged.count, merged.min, merged.max]).toEqual([whole.count, whole.min, whole.max]);
        expect(merged.countBetween([100, 10_000])).toEqual(whole.countBetween([100, 10_000]));
      }),
    );
  });

  it('knows its minimum and maximum exactly, and counts values between limits', () => {
    const histogram = of([5, 1_000_003, 70, 70]);
    expect([histogram.min, histogram.max, histogram.quantile(1)]).toEqual([5, 1_000_003, 1_000_003]);
    expect(histogram.countBetween([10, 100, 1_000])).toEqual([1, 2, 0, 1]);
  });

  it('splits only the bucket that a limit cuts', () => {
    const values = Array.from({ length: 1000 }, (_, i) => 40_000 + 4 * i);
    expect(of(values).countBetween([40_000, 41_000, 42_000, 43_000, 44_000])).toEqual([0, 250, 250, 250, 250, 0]);
    const equal = of(Array.from({ length: 100 }, () => 42_000));
    expect(equal.countBetween([41_990, 42_000, 42_001, 42_100])).toEqual([0, 0, 100, 0, 0]);
  });

  it('is empty at first and after a reset', () => {
    const histogram = of([1, 2]);
    histogram.reset();
    expect([histogram.count, histogram.min, histogram.max, histogram.quantile(0.5)]).toEqual([0, null, null, null]);
  });
});
