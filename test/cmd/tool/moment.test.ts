import { describe, expect, it } from 'vitest';
import { parseMomentUs } from '../../../cmd/tool/moment.js';
import { clock } from '../../../view/time/time-of-day.js';

const NOW = Date.parse('2026-11-21T13:30:00Z');
const us = (text: string): number => Date.parse(text) * 1000;

describe('a time on the command line', () => {
  it.each([
    ['2026-11-21T13:00:00Z', '2026-11-21T13:00:00Z'],
    ['2026-11-21T13:00:00.25+01:00', '2026-11-21T12:00:00.250Z'],
    ['2026-11-21 13:00', '2026-11-21T13:00:00Z'],
    ['2026-11-21T13:00', '2026-11-21T13:00:00Z'],
    ['2026-11-21 13:00:05.5', '2026-11-21T13:00:05.500Z'],
    ['2026-11-21', '2026-11-21T00:00:00Z'],
    ['0050-01-01', '0050-01-01T00:00:00Z'],
    ['0004-02-29 12:00', '0004-02-29T12:00:00Z'],
    ['13:00', '2026-11-21T13:00:00Z'],
    ['13:30:00', '2026-11-21T13:30:00Z'],
    ['23:00', '2026-11-20T23:00:00Z'],
    ['2h', '2026-11-21T11:30:00Z'],
    ['30m', '2026-11-21T13:00:00Z'],
    ['7d', '2026-11-14T13:30:00Z'],
  ])('is parsed from %s to %s', (text, expected) => {
    expect(parseMomentUs(text, NOW, 'utc')).toBe(us(expected));
  });

  it.each([
    '',
    'yesterday',
    '2026-02-30',
    '0050-02-29',
    '2026-11-21 24:00',
    '25:00',
    '13',
    '2026-11',
    '13:60',
    '-2h',
    '1e3',
  ])('is rejected: %j', (text) => {
    expect(parseMomentUs(text, NOW, 'utc')).toBeUndefined();
  });

  it('is in the local zone on request, unless it has an offset', () => {
    const before = process.env['TZ'];
    process.env['TZ'] = 'Asia/Kolkata';
    try {
      expect(parseMomentUs('2026-11-21 13:00', NOW, 'local')).toBe(us('2026-11-21T07:30:00Z'));
      expect(parseMomentUs('0050-01-01', NOW, 'local')).toBeLessThan(us('0050-01-01T00:00:00Z'));
      // It is 19:00 in that zone.
      expect(parseMomentUs('18:30', NOW, 'local')).toBe(us('2026-11-21T13:00:00Z'));
      expect(parseMomentUs('19:30', NOW, 'local')).toBe(us('2026-11-20T14:00:00Z'));
      expect(parseMomentUs('2026-11-21T13:00:00Z', NOW, 'local')).toBe(us('2026-11-21T13:00:00Z'));
      expect(clock('2026-11-21T13:00:00.5Z', 'local')).toBe('2026-11-21 18:30:00.500 +05:30');
      expect(clock('2026-11-21T13:00:00.5Z')).toBe('2026-11-21 13:00:00.500 UTC');
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
  });
});
