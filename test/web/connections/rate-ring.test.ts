import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_RINGS, RateRing, RateRings, SPARKLINE_SECONDS } from '../../../web/connections/rate-ring.js';

describe('the rates of the last 60 s', () => {
  it('are those of a list of all seconds', () => {
    const step = fc.record({ after: fc.nat(70), value: fc.option(fc.nat(1000)) });
    fc.assert(
      fc.property(fc.nat(1000), fc.array(step), fc.nat(70), (start, steps, later) => {
        const ring = new RateRing();
        const all = new Map<number, number | null>();
        let second = start;
        for (const { after, value } of steps) {
          second += after;
          ring.add(second, value);
          all.set(second, value);
        }
        const until = second + later;
        const expected = Array.from(
          { length: SPARKLINE_SECONDS },
          (_, i) => all.get(until - SPARKLINE_SECONDS + 1 + i) ?? null,
        );
        expect(ring.until(until)).toEqual(expected);
      }),
    );
  });

  it('are forgotten for the row that was seen least recently', () => {
    const rings = new RateRings();
    for (let i = 0; i < MAX_RINGS; i++) rings.add(`row ${i}`, 1, i);
    rings.add('row 0', 2, 5);
    rings.add('another', 2, 6);
    expect(rings.values('row 0', 2)?.at(-1)).toBe(5);
    expect(rings.values('row 1', 2)).toBeUndefined();
    expect(rings.values('row 2', 2)?.at(-2)).toBe(2);
  });
});
