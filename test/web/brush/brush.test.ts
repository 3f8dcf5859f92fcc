import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExpression } from '../../../expression/index.js';
import {
  chosenFilter,
  edgeAfterKey,
  orderedRange,
  ownPosition,
  placeOfRange,
  rangeFilter,
  rangeOfPlace,
} from '../../../web/brush/index.js';

const FROM = '2026-11-28T19:05:00.000Z';
const UNTIL = '2026-11-28T19:06:00.000Z';

describe('the range of a place', () => {
  it('has the bounds that the place has', () => {
    expect(rangeOfPlace({ from: '', until: '' })).toBeUndefined();
    expect(rangeOfPlace({ from: 'nonsense', until: '' })).toBeUndefined();
    expect(rangeOfPlace({ from: FROM, until: '' })).toEqual({ fromMs: Date.parse(FROM), untilMs: undefined });
    expect(placeOfRange(rangeOfPlace({ from: FROM, until: UNTIL }))).toEqual({ from: FROM, until: UNTIL });
    expect(placeOfRange(undefined)).toEqual({ from: '', until: '' });
  });

  it('chooses connections that were there', () => {
    const place = { from: FROM, until: UNTIL };
    expect(rangeFilter(place, 'live')).toBe(
      `connection.startTime < "${UNTIL}" and (open = true or closedTime >= "${FROM}")`,
    );
    expect(rangeFilter(place, 'archive')).toBe(
      `connection.startTime < "${UNTIL}" and (connection.endTime >= "${FROM}")`,
    );
    expect(rangeFilter({ from: '', until: UNTIL }, 'live')).toBe(`connection.startTime < "${UNTIL}"`);
    expect(rangeFilter({ from: '', until: '' }, 'live')).toBe('');
  });

  it('adds to the filter of the place', () => {
    const range = rangeFilter({ from: FROM, until: '' }, 'live');
    expect(chosenFilter({ filter: ' dport 443 or dport 80 ', from: FROM, until: '' })).toBe(
      `(dport 443 or dport 80) and ${range}`,
    );
    expect(chosenFilter({ filter: '', from: FROM, until: '' })).toBe(range);
    expect(chosenFilter({ filter: ' dport 443 ', from: '', until: '' })).toBe('dport 443');
    expect(() => parseExpression(chosenFilter({ filter: 'dport 443', from: FROM, until: UNTIL }))).not.toThrow();
  });
});

describe('the position of an error', () => {
  it('is that in the filter of the place', () => {
    const place = { filter: 'x = 5', from: FROM, until: '' };
    expect(chosenFilter(place)[ownPosition(place, 3) + 1]).toBe(place.filter[ownPosition(place, 3)]);
    expect(ownPosition({ ...place, from: '' }, 3)).toBe(3);
    expect(ownPosition(place, 50)).toBe(5);
  });
});

describe('an end of the range', () => {
  const bounds = { fromMs: 0, untilMs: 1000 };

  it.each([
    ['ArrowLeft', 490],
    ['ArrowRight', 510],
    ['PageUp', 600],
    ['PageDown', 400],
    ['Home', 0],
    ['End', 1000],
    ['x', undefined],
  ])('moves with %s', (key, toMs) => {
    expect(edgeAfterKey(key, 500, bounds)).toBe(toMs);
  });

  it('stays within the strip', () => {
    expect(edgeAfterKey('ArrowLeft', 0, bounds)).toBe(0);
    expect(edgeAfterKey('PageUp', 950, bounds)).toBe(1000);
  });

  it('makes a range in any order, wide enough and within bounds', () => {
    const time = fc.integer({ min: -500, max: 1500 });
    fc.assert(
      fc.property(time, time, fc.integer({ min: 1, max: 1000 }), (one, other, least) => {
        const { fromMs, untilMs } = orderedRange(one, other, bounds, least);
        expect(fromMs).toBeGreaterThanOrEqual(0);
        expect(untilMs).toBeLessThanOrEqual(1000);
        expect(untilMs - fromMs).toBeGreaterThanOrEqual(least);
      }),
    );
  });
});
