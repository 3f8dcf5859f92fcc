import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTimestamp, timestampToNs } from '../../parse/index.js';
import { isTimestamp } from '../../parse/timestamp.js';

describe('formatTimestamp', () => {
  it.each([
    [0n, '1970-01-01T00:00:00Z'],
    [1_795_217_283_069_028_690n, '2026-11-20T23:28:03.06902869Z'],
    [1_795_217_283_000_000_001n, '2026-11-20T23:28:03.000000001Z'],
    [1_795_217_283_100_000_000n, '2026-11-20T23:28:03.1Z'],
    [1_795_217_283_000_120_000n, '2026-11-20T23:28:03.00012Z'],
    [-1n, '1969-12-31T23:59:59.999999999Z'],
  ])('prints %d like Go', (ns, text) => {
    expect(formatTimestamp(ns)).toBe(text);
  });

  it('is reversed by timestampToNs', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), (ns) => {
        expect(timestampToNs(formatTimestamp(ns))).toBe(ns);
      }),
    );
  });
});

describe('timestampToNs', () => {
  it('accepts any offset', () => {
    expect(timestampToNs('2019-04-01T07:42:37.37-04:00')).toBe(timestampToNs('2019-04-01T11:42:37.37Z'));
    expect(timestampToNs('2019-04-01T07:42:37+05:30')).toBe(timestampToNs('2019-04-01T02:12:37Z'));
  });

  it("accepts Go's zero time", () => {
    expect(timestampToNs('0001-01-01T00:00:00Z')).toBe(-62_135_596_800_000_000_000n);
  });

  it.each([
    '',
    '2026-11-20',
    '2026-11-20 23:28:03Z',
    '2026-11-20T23:28:03',
    '2026-13-01T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00Z\n',
  ])('rejects %j', (text) => {
    expect(timestampToNs(text)).toBeUndefined();
  });
});

describe('isTimestamp', () => {
  it('agrees with timestampToNs', () => {
    const number = (max: number) => fc.nat({ max }).map((value) => value.toString().padStart(2, '0'));
    const text = fc
      .tuple(fc.constantFrom('2023', '2024'), number(13), number(32), number(25), number(61), number(61))
      .chain(([year, month, day, hour, minute, second]) =>
        fc
          .constantFrom('Z', '.5Z', '+01:00', '-24:00', '')
          .map((end) => `${year}-${month}-${day}T${hour}:${minute}:${second}${end}`),
      );
    fc.assert(
      fc.property(text, (value) => {
        expect(isTimestamp(value), value).toBe(timestampToNs(value) !== undefined);
      }),
      { numRuns: 5000 },
    );
  });
});
