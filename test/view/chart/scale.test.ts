import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatCount,
  formatQuantity,
  formatShare,
  linearScale,
  niceTicks,
  timeTicks,
} from '../../../view/chart/index.js';

describe('ticks', () => {
  it.each([
    [38, 5, [0, 10, 20, 30, 40]],
    [80.7, 5, [0, 20, 40, 60, 80, 100]],
    [0.3, 3, [0, 0.1, 0.2, 0.3]],
    [1, 2, [0, 0.5, 1]],
    [0, 5, [0, 1]],
  ])('up to %d in about %d steps are round numbers', (max, count, ticks) => {
    expect(niceTicks(max, count)).toEqual(ticks);
  });

  it('reach the largest value and end less than two steps beyond it, for any value', () => {
    const max = fc.double({ min: 1e-12, max: 1e18, noNaN: true });
    fc.assert(
      fc.property(max, fc.integer({ min: 1, max: 12 }), (value, count) => {
        const ticks = niceTicks(value, count);
        const [, step = 0] = ticks;
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(value * (1 - 1e-8));
        expect(ticks.at(-1)).toBeLessThan(value + step * 1.001);
        expect(ticks.length).toBeLessThanOrEqual(count + 2);
      }),
    );
  });

  it('on a time axis are round times', () => {
    expect(timeTicks(20.5e6, 5).map((us) => us / 1e6)).toEqual([0, 5, 10, 15, 20]);
    expect(timeTicks(600e6, 5).map((us) => us / 60e6)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(timeTicks(10 * 86_400e6, 5).map((us) => us / 86_400e6)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(timeTicks(0, 5)).toEqual([0]);
  });
});

describe('a linear scale', () => {
  it('maps every value between its two pixels', () => {
    const scale = linearScale(0, 10, 100, 20);
    expect([0, 5, 10, -3, 12].map(scale.at)).toEqual([100, 60, 20, 100, 20]);
    expect(linearScale(3, 3, 7, 9).at(3)).toBe(7);
  });
});

describe('quantities', () => {
  it.each([
    [0, 'bytes', '0 B'],
    [999, 'bytes', '999 B'],
    [999.9, 'bytes', '1 kB'],
    [31_940_000, 'bytes', '31.9 MB'],
    [3_125_000, 'rate', '25 Mbit/s'],
    [125, 'rate', '1 kbit/s'],
    [40_400, 'duration', '40.4 ms'],
    [90e6, 'duration', '1.5 min'],
    [1_234_567, 'count', '1,234,567'],
    [null, 'bytes', '–'],
  ] as const)('%s %s are %s', (value, quantity, text) => {
    expect(formatQuantity(value, quantity)).toBe(text);
  });

  it('never round a share to 0 % or 100 % if it is not', () => {
    expect([0, 0.0001, 0.004, 0.37, 0.999, 1, null].map(formatShare)).toEqual([
      ...['0 %', '<0.1 %', '0.4 %', '37 %', '>99 %', '100 %', '–'],
    ]);
    expect([0, 999, 1000, 1e7].map(formatCount)).toEqual(['0', '999', '1,000', '10,000,000']);
  });
});
