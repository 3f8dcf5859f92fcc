import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Distribution } from '../../../http/report/index.js';

/** Largest relative error for more than 256 values. */
const ERROR = 1 / 128;

/** Returns the value by nearest rank, from all values. */
function exact(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(share * values.length)) - 1];
}

function distributionOf(values: readonly number[]): Distribution {
  const distribution = new Distribution();
  for (const value of values) distribution.add(value);
  return distribution;
}

describe('Distribution', () => {
  it('has no percentile without values', () => {
    expect(new Distribution().quantile(0.5)).toBeNull();
  });

  it('returns the exact value by nearest rank for up to 256 values', () => {
    const values = fc.array(fc.integer({ min: 0, max: 2 ** 50 }), { minLength: 1, maxLength: 256 });
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (all, share) => {
        expect(distributionOf(all).quantile(share)).toBe(exact(all, share));
      }),
    );
  });

  it('is, merged, that of all values', () => {
    const values = fc.array(fc.integer({ min: 0, max: 2 ** 50 }), { maxLength: 400 });
    fc.assert(
      fc.property(fc.array(values, { maxLength: 4 }), fc.constantFrom(0, 0.5, 0.99, 1), (parts, share) => {
        const merged = new Distribution();
        for (const part of parts) merged.merge(distributionOf(part));
        const all = distributionOf(parts.flat());
        expect(merged.count).toBe(all.count);
        expect(merged.quantile(share)).toBe(all.quantile(share));
      }),
    );
  });

  it('returns the value by nearest rank within 0.8 % for more values', () => {
    const values = fc.array(fc.integer({ min: 0, max: 2 ** 50 }), { minLength: 257, maxLength: 1000 });
    fc.assert(
      fc.property(values, fc.constantFrom(0, 0.5, 0.95, 0.99, 1), (all, share) => {
        const wanted = exact(all, share) ?? Number.NaN;
        expect(Math.abs((distributionOf(all).quantile(share) ?? Number.NaN) - wanted)).toBeLessThanOrEqual(
          wanted * ERROR,
        );
      }),
      { numRuns: 50 },
    );
  });

  it('keeps values below 128 exact, however many there are', () => {
    const values = Array.from({ length: 1280 }, (_, i) => i % 128);
    expect(distributionOf(values).quantile(0.5)).toBe(exact(values, 0.5));
    expect(distributionOf(values).quantile(1)).toBe(127);
  });

  it('is right around every power of 2', () => {
    for (let power = 7; power <= 50; power++) {
      for (const value of [2 ** power - 1, 2 ** power, 2 ** power + 1]) {
        const many = distributionOf(Array.from({ length: 300 }, () => value));
        expect(Math.abs((many.quantile(0.5) ?? 0) - value), String(value)).toBeLessThanOrEqual(value * ERROR);
      }
    }
  });
});
