import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExtentBuilder, TimeBuckets } from '../../../view/chart/index.js';

interface Cell {
  readonly extent: ExtentBuilder;
  count: number;
  us: number;
}

function buckets(capacity: number): TimeBuckets<Cell> {
  return new TimeBuckets<Cell>({
    capacity,
    create: () => ({ extent: new ExtentBuilder(), count: 0, us: 0 }),
    merge(into, next) {
      into.extent.merge(next.extent);
      into.count += next.count;
      into.us += next.us;
    },
  });
}

/** Microseconds between snapshots, and a value for each. */
const SERIES = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 5e7 }), fc.double({ noNaN: true, noDefaultInfinity: true })),
  {
    minLength: 1,
    maxLength: 300,
  },
);

describe('TimeBuckets', () => {
  it('keeps extremes, first and last value and the count, for any length', () => {
    fc.assert(
      fc.property(SERIES, (series) => {
        const all = buckets(16);
        let now = 1e15;
        for (const [after, value] of series) {
          now += after;
          const cell = all.at(now);
          cell.extent.add(value);
          cell.count++;
        }
        const entries = all.entries();
        expect(entries.length).toBeLessThanOrEqual(16);
        expect(entries.reduce((sum, { value }) => sum + value.count, 0)).toBe(series.length);
        const values = series.map(([, value]) => value);
        const extents = entries.flatMap(({ value }) => value.extent.extent ?? []);
        expect(Math.max(...extents.map(({ high }) => high))).toBe(Math.max(...values));
        expect(Math.min(...extents.map(({ low }) => low))).toBe(Math.min(...values));
        expect(extents[0]?.first).toBe(values[0]);
        expect(extents.at(-1)?.last).toBe(values.at(-1));
        expect(all.spanUs).toBe(now - (1e15 + (series[0]?.[0] ?? 0)));
      }),
    );
  });

  it('divides a stretch of time exactly among the buckets', () => {
    fc.assert(
      fc.property(SERIES, (series) => {
        const all = buckets(16);
        let now = 1e15;
        all.at(now);
        for (const [after] of series) {
          all.spread(now, now + after, (cell, us) => {
            cell.us += us;
          });
          now += after;
        }
        const entries = all.entries();
        expect(entries.reduce((sum, { value }) => sum + value.us, 0)).toBeCloseTo(now - 1e15, 3);
        for (const { value } of entries) expect(value.us).toBeLessThanOrEqual(all.widthUs + 1e-3);
      }),
    );
  });

  it('uses at least half of its capacity once there is enough data', () => {
    const all = buckets(64);
    for (let i = 0; i < 10_000; i++) all.at(1e15 + i * 10_000);
    expect(all.entries().length).toBeGreaterThanOrEqual(32);
  });

  it('counts a time before the first in the first bucket', () => {
    const all = buckets(16);
    all.at(2e15).count++;
    all.at(1e15).count++;
    expect(all.entries()).toMatchObject([{ startUs: 0, value: { count: 2 } }]);
  });
});
