import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyIndex } from '../../../archive/store/key-index.js';
import { NumberColumn } from '../../../archive/store/number-column.js';
import { AddressColumn, TextColumn, TimestampColumn, UuidColumn } from '../../../archive/store/text-columns.js';
import { comparableAddress } from '../../../inetdiag/index.js';
import { parseAddress } from '../../../netlink/index.js';

const number = fc.option(
  fc.oneof(
    fc.nat(255),
    fc.constantFrom(253, 254, 255, 65_533, 65_534, 65_535, 2 ** 32 - 3, 2 ** 32 - 2, 2 ** 32 - 1, 2 ** 53, -1, 0.5, -0),
    fc.double({ noNaN: true }),
  ),
  { freq: 3 },
);

interface Column<T> {
  add(value: T): void;
  get(index: number): T | null;
  trim(): void;
}

function keeps<T>(values: readonly T[], column: Column<T>): void {
  for (const value of values) column.add(value);
  const read = (): (T | null)[] => values.map((_, index) => column.get(index));
  expect(read()).toEqual(values);
  column.trim();
  expect(read()).toEqual(values);
}

describe('a column', () => {
  it('keeps any numbers and nulls', () => {
    fc.assert(fc.property(fc.array(number, { maxLength: 200 }), (values) => keeps(values, new NumberColumn())));
  });

  it.each([
    [254, 1],
    [255, 2],
    [65_535, 4],
    [2 ** 32 - 2, 4],
    [2 ** 32 - 1, 8],
    [0.5, 8],
    [-1, 8],
  ])('with the number %d takes %d bytes a row', (largest, bytes) => {
    const column = new NumberColumn();
    for (const value of [null, 0, 7, largest]) column.add(value);
    column.trim();
    expect(column.bytes).toBe(4 * bytes);
    expect([0, 1, 2, 3].map((index) => column.get(index))).toEqual([null, 0, 7, largest]);
  });

  it('keeps texts', () => {
    keeps(['cubic', null, 'bbr', 'cubic', '', '__proto__'], new TextColumn());
  });

  it('keeps timestamps to the letter', () => {
    const texts = [
      '2026-11-20T23:28:03.069Z',
      '2026-11-20T23:28:03.0690Z',
      '2026-11-20T23:28:03Z',
      '2026-11-20T23:28:03.123456789Z',
      '0001-01-01T00:00:00Z',
      '1969-12-31T23:59:59.5Z',
      '2200-01-01T00:00:00.000001999Z',
      '2019-04-01T07:42:37.37-04:00',
    ];
    const column = new TimestampColumn();
    keeps(texts, column);
    expect(texts.map((_, index) => column.us(index))).toEqual([
      1_795_217_283_069_000, 1_795_217_283_069_000, 1_795_217_283_000_000, 1_795_217_283_123_456,
      -62_135_596_800_000_000, -500_000, 7_258_118_400_000_001, 1_554_118_957_370_000,
    ]);
  });

  it('keeps addresses to the letter, and has their bytes', () => {
    const texts = ['10.0.0.1', '2001:db8::1', '::', '0.0.0.0', '::ffff:10.0.0.1', '2001:DB8:0::1', 'nonsense'];
    const column = new AddressColumn();
    keeps(texts, column);
    for (const [index, text] of texts.slice(0, -1).entries()) {
      const parsed = parseAddress(text);
      if (parsed === undefined) throw new Error(text);
      expect(column.bytes(index), text).toEqual(comparableAddress(parsed.bytes, parsed.family));
    }
  });

  it('keeps UUIDs, and has their cookies', () => {
    const uuids = [
      'h_1_00000000000000A1',
      null,
      'x',
      'h_1_FFFFFFFFFFFFFFFF',
      'h_1_00000000000000a1',
      '_00000000000000A1',
    ];
    const column = new UuidColumn();
    keeps(uuids, column);
    expect(uuids.map((_, index) => column.cookie(index))).toEqual([0xa1n, null, null, 2n ** 64n - 1n, null, 0xa1n]);
  });
});

describe('an index of keys', () => {
  it('finds the row of each key, and no other', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ maxLength: 3 }), { maxLength: 300 }), (keys) => {
        const index = new KeyIndex((row) => keys[row] ?? '');
        for (const [row, key] of keys.entries()) {
          expect(index.find(key)).toBeUndefined();
          index.add(row, key);
        }
        expect(keys.map((key) => index.find(key))).toEqual(keys.map((_, row) => row));
        expect(index.find('longer')).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });
});
