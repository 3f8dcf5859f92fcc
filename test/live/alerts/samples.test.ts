import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Samples } from '../../../live/alerts/samples.js';

describe('quantiles of samples', () => {
  it('are those of the sorted values, by nearest rank', () => {
    const value = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ noNaN: true }));
    const share = fc.constantFrom(0, 0.01, 0.5, 0.95, 1);
    fc.assert(
      fc.property(
        fc.array(fc.array(value, { minLength: 1, maxLength: 200 }), { maxLength: 3 }),
        share,
        (rounds, part) => {
          const samples = new Samples();
          for (const values of rounds) {
            samples.clear();
            for (const each of values) samples.add(each);
            const sorted = Float64Array.from(values).sort();
            const expected = sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
            // A sorted array has -0 before 0, and a selection does not tell them apart.
            expect(samples.quantile(part) + 0).toBe(expected + 0);
            expect(samples.quantile(part) + 0).toBe(expected + 0);
          }
        },
      ),
    );
  });

  it('are found in any order of many values, equal ones too', () => {
    const orders: ((i: number) => number)[] = [(i) => i, (i) => -i, () => 7, (i) => i % 3, (i) => Math.abs(i - 5000)];
    for (const order of orders) {
      const samples = new Samples();
      const values = Array.from({ length: 10_000 }, (_, i) => order(i));
      for (const each of values) samples.add(each);
      expect(samples.quantile(0.95)).toBe(values.toSorted((a, b) => a - b)[9499]);
    }
  });

  it('are unknown without any', () => expect(new Samples().quantile(0.95)).toBeNaN());
});
