import { describe, expect, it } from 'vitest';
import { rangePlace, shownRange } from '../../../web/detail/range.js';

const NOON = Date.parse('2026-11-28T12:00:00Z');
const KNOWN = { fromMs: NOON, untilMs: NOON + 7_200_000, isGrowing: true };
const NOWHERE = { from: '', until: '' };

describe('range of the charts', () => {
  it('follows the present', () => {
    expect(shownRange(NOWHERE, '1m', KNOWN)).toEqual({
      fromMs: KNOWN.untilMs - 60_000,
      untilMs: KNOWN.untilMs,
      follows: true,
    });
    expect(shownRange(NOWHERE, 'all', KNOWN)).toMatchObject({ fromMs: NOON, untilMs: KNOWN.untilMs });
  });

  it('begins with a young connection, but is at least 10 s', () => {
    const young = { ...KNOWN, untilMs: NOON + 30_000 };
    expect(shownRange(NOWHERE, '1m', young).fromMs).toBe(NOON);
    expect(shownRange(NOWHERE, '1m', { ...KNOWN, untilMs: NOON + 1000 }).fromMs).toBe(NOON - 9000);
  });

  it('is the whole time of a short connection that has ended', () => {
    const ended = { fromMs: NOON, untilMs: NOON + 5, isGrowing: false };
    expect(shownRange(NOWHERE, 'all', ended)).toEqual({ fromMs: NOON, untilMs: NOON + 5, follows: true });
  });

  it('is that of the address, also with one bound', () => {
    const both = { from: '2026-11-28T12:10:00Z', until: '2026-11-28T12:11:00.5Z' };
    expect(shownRange(both, '1m', KNOWN)).toEqual({ fromMs: NOON + 600_000, untilMs: NOON + 660_500, follows: false });
    expect(shownRange({ ...both, until: '' }, '1m', KNOWN).untilMs).toBe(KNOWN.untilMs);
  });

  it.each([
    ['no time', { from: 'yesterday', until: '' }],
    ['an end before its beginning', { from: '2026-11-28T12:10:00Z', until: '2026-11-28T12:00:00Z' }],
  ])('leaves out an address with %s', (_, place) => {
    expect(shownRange(place, '1m', KNOWN).follows).toBe(true);
  });

  it('comes back from the address', () => {
    const place = rangePlace({ fromMs: NOON + 0.4, untilMs: NOON + 1000.2 });
    expect(shownRange(place, '1m', KNOWN)).toEqual({ fromMs: NOON, untilMs: NOON + 1001, follows: false });
  });
});
