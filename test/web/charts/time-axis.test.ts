import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { axisTicks, momentText, rangeText } from '../../../web/charts/time-axis.js';

const NOON = Date.parse('2026-11-28T12:00:00Z');

describe('marks of an axis of time', () => {
  it.each([
    [60_000, 6, ['12:00:00', '12:00:10', '12:00:20', '12:00:30', '12:00:40', '12:00:50', '12:01:00']],
    [900_000, 3, ['12:00', '12:05', '12:10', '12:15']],
    [200, 2, ['12:00:00.0', '12:00:00.1', '12:00:00.2']],
    [2, 2, ['12:00:00.000', '12:00:00.001', '12:00:00.002']],
    [3 * 86_400_000, 3, ['2026-11-29', '2026-11-30', '2026-12-01']],
  ])('of %d ms are round times of day', (spanMs, count, labels) => {
    expect(axisTicks({ fromMs: NOON, untilMs: NOON + spanMs }, count).map(({ label }) => label)).toEqual(labels);
  });

  it('count from an origin', () => {
    const ticks = axisTicks({ fromMs: NOON - 30_000, untilMs: NOON + 120_000 }, 5, NOON);
    expect(ticks.map(({ label }) => label)).toEqual(['-30 s', '0 s', '30 s', '1:00', '1:30', '2:00']);
  });

  it('are within the range and not more than asked for by far, for any range', () => {
    const from = fc.double({ min: 0, max: 4e12, noNaN: true });
    const span = fc.double({ min: 0.01, max: 1e11, noNaN: true });
    fc.assert(
      fc.property(from, span, fc.integer({ min: 1, max: 20 }), (fromMs, spanMs, count) => {
        const ticks = axisTicks({ fromMs, untilMs: fromMs + spanMs }, count);
        expect(ticks.length).toBeLessThanOrEqual(count + 1);
        for (const { timeMs } of ticks) {
          expect(timeMs).toBeGreaterThanOrEqual(fromMs - spanMs / 1000);
          expect(timeMs).toBeLessThanOrEqual(fromMs + spanMs * 1.001);
        }
      }),
    );
  });

  it('do not exist for an empty range', () => {
    expect(axisTicks({ fromMs: NOON, untilMs: NOON }, 5)).toEqual([]);
  });
});

describe('moments in words', () => {
  it('are as precise as the range needs', () => {
    const range = { fromMs: NOON, untilMs: NOON + 60_000 };
    expect(momentText(NOON + 31_250, range)).toBe('12:00:31.2');
    expect(momentText(NOON + 31_250, { ...range, untilMs: NOON + 900_000 })).toBe('12:00:31');
    expect(momentText(NOON + 0.125, { ...range, untilMs: NOON + 1 })).toBe('12:00:00.000125');
  });

  it('have their date if the range has two', () => {
    const range = { fromMs: NOON, untilMs: NOON + 86_400_000 };
    expect(momentText(NOON + 60_000, range)).toBe('2026-11-28 12:01:00');
    expect(rangeText(range)).toBe('2026-11-28 12:00:00 to 2026-11-29 12:00:00 UTC');
  });

  it('name both ends of a range', () => {
    expect(rangeText({ fromMs: NOON, untilMs: NOON + 60_000 })).toBe('12:00:00 to 12:01:00 UTC');
    expect(rangeText({ fromMs: NOON, untilMs: NOON + 60_000 }, NOON - 3_600_000)).toBe('1:00:00 to 1:01:00');
  });
});
