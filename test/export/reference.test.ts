import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvWriter, REFERENCE_COLUMNS, ReferenceRow, writeCsvRow } from '../../export/index.js';
import type { ArchivedRecord } from '../../parse/index.js';

const row = new ReferenceRow();

/** Returns the cells of a record; no value needs quotes here. */
function cells(record: ArchivedRecord): string[] {
  const out = new CsvWriter();
  row.load(record);
  writeCsvRow(REFERENCE_COLUMNS, row, out);
  return out.take().toString('latin1').trimEnd().split(',');
}

/** Returns one cell of a record by column name; of two equal names the first. */
function cell(column: string, record: Partial<ArchivedRecord>): string | undefined {
  const index = REFERENCE_COLUMNS.findIndex(({ name }) => name === column);
  return cells({ timestamp: '2026-11-20T23:28:03Z', rawIdm: new Uint8Array(72), ...record })[index];
}

/** Returns the attributes by number. */
function attributes(payloads: Readonly<Record<number, Uint8Array>>): (Uint8Array | null)[] {
  const numbers = Object.keys(payloads).map(Number);
  return Array.from({ length: Math.max(...numbers) + 1 }, (_, i) => payloads[i] ?? null);
}

function header(fill: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(72);
  fill(new DataView(bytes.buffer));
  return bytes;
}

describe('REFERENCE_COLUMNS', () => {
  it("are 105, two of them with the reference's misspellings", () => {
    expect(REFERENCE_COLUMNS).toHaveLength(105);
    const names = REFERENCE_COLUMNS.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual(['TCP.LastDataRecv']);
    expect(names).toContain('SKMemInfo.Sndbug');
    expect(names.filter((name) => name.startsWith('TCP.'))).toHaveLength(54);
  });

  it('have empty cells for absent structs, and 0 for integers', () => {
    const metadata = { uuid: 'x_01', sequence: 0, startTime: '2026-11-20T23:28:03Z' };
    const expected = [
      '2009-05-29T23:59:59Z',
      '0',
      '0',
      ...Array(15).fill(''),
      '',
      ...Array(6).fill('0'),
      ...Array(80).fill(''),
    ];
    expect(cells({ timestamp: '0001-01-01T00:00:00Z', metadata })).toEqual(expected);
  });

  it('keep no value of the previous record', () => {
    const full = attributes(Object.fromEntries(Array.from({ length: 23 }, (_, i) => [i, new Uint8Array(300).fill(7)])));
    const bare = { timestamp: '2026-11-20T23:28:03Z', rawIdm: new Uint8Array(72) };
    const before = cells(bare);
    expect(cells({ ...bare, attributes: full })).not.toEqual(before);
    expect(cells(bare)).toEqual(before);
    const short = attributes({ 2: Uint8Array.of(1) });
    expect(cells({ ...bare, attributes: short }).slice(25, 79)).toEqual(['1', ...Array(53).fill('0')]);
  });

  it.each([
    ['2026-11-20T23:28:03Z', '2026-11-20T23:28:03Z'],
    ['2026-11-20T23:28:03.120Z', '2026-11-20T23:28:03.12Z'],
    ['2026-11-20T23:28:03.123456789Z', '2026-11-20T23:28:03.123456789Z'],
    ['2026-11-20T23:28:03.1234567890Z', '2026-11-20T23:28:03.123456789Z'],
    ['2026-11-20T23:28:03.1234567891Z', '2026-11-20T23:28:03.123456789Z'],
    ['2026-11-20T23:28:03.000Z', '2026-11-20T23:28:03Z'],
    ['2019-04-01T07:42:37.370-04:00', '2019-04-01T07:42:37.37-04:00'],
    ['2019-04-01T07:42:30+05:30', '2019-04-01T07:42:30+05:30'],
    ['2019-04-01T07:42:37.1+00:00', '2019-04-01T07:42:37.1Z'],
    ['0001-01-01T00:00:00.0Z', '2009-05-29T23:59:59Z'],
  ])('print the time %s like Go', (timestamp, expected) => {
    expect(cell('Timestamp', { timestamp })).toBe(expected);
  });

  it.each([
    ['0a580001', '10.88.0.1'],
    ['', '0.0.0.0'],
    ['20010db8', '32.1.13.184'], // 2001:db8::, which the reference prints as IPv4
    ['20010db8000000000000000000000001', '2001:db8::1'],
    ['00000000000000000000ffff0a580001', '10.88.0.1'],
    ['00000000000000000000000000000001', '::1'],
    ['fe80000000000000', '254.128.0.0'],
    ['fe800000000000000000000000000001', 'fe80::1'],
    ['fe800000000000000000000000000002', 'fe80::2'],
  ])('print the address %s like the reference, for any family', (hex, text) => {
    for (const family of [2, 10, 0]) {
      const rawIdm = header((view) => {
        view.setUint8(0, family);
        Buffer.from(view.buffer).set(Buffer.from(hex, 'hex'), 8);
        Buffer.from(view.buffer).set(Buffer.from(hex, 'hex'), 24);
      });
      expect(cell('IDM.SockID.Src', { rawIdm })).toBe(text);
      expect(cell('IDM.SockID.Dst', { rawIdm })).toBe(text);
    }
  });

  it('print the interface big-endian, ports in decimal and the cookie in hexadecimal', () => {
    const rawIdm = (cookie: bigint) =>
      header((view) => {
        view.setUint16(4, 443);
        view.setUint16(6, 65_535);
        view.setUint32(40, 2, true);
        view.setBigUint64(44, cookie, true);
      });
    expect(cell('IDM.SockID.Interface', { rawIdm: rawIdm(0n) })).toBe('33554432');
    expect(cell('IDM.SockID.SPort', { rawIdm: rawIdm(0n) })).toBe('443');
    expect(cell('IDM.SockID.DPort', { rawIdm: rawIdm(0n) })).toBe('65535');
    const cookies = fc.oneof(
      fc.constantFrom(0n, 1000n, 1n << 32n, 0x10000000an),
      fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    );
    fc.assert(
      fc.property(cookies, (cookie) => {
        expect(cell('IDM.SockID.Cookie', { rawIdm: rawIdm(cookie) })).toBe(cookie.toString(16).toUpperCase());
      }),
    );
  });

  it('print only 64-bit integers, segs_out and segs_in as signed', () => {
    const all = cells({
      timestamp: '2026-11-20T23:28:03Z',
      rawIdm: new Uint8Array(72).fill(0xff),
      attributes: attributes({
        1: new Uint8Array(16).fill(0xff),
        2: new Uint8Array(232).fill(0xff),
        15: new Uint8Array(4).fill(0xff),
        16: new Uint8Array(20).fill(0xff),
      }),
    });
    const negative = REFERENCE_COLUMNS.map(({ name }) => name).filter((_, i) => all[i] === '-1');
    const tcp = ['PacingRate', 'MaxPacingRate', 'BytesAcked', 'BytesReceived', 'SegsOut', 'SegsIn', 'DeliveryRate'];
    const late = ['BusyTime', 'RWndLimited', 'SndBufLimited', 'BytesSent', 'BytesRetrans'];
    expect(negative).toEqual([...[...tcp, ...late].map((name) => `TCP.${name}`), 'BBR.BW']);
    expect(all[REFERENCE_COLUMNS.findIndex(({ name }) => name === 'TCP.WScale')]).toBe('255');
    expect(all[REFERENCE_COLUMNS.findIndex(({ name }) => name === 'TCP.AppLimited')]).toBe('255');
    expect(all[REFERENCE_COLUMNS.findIndex(({ name }) => name === 'TCP.RTT')]).toBe('4294967295');
    expect(all[REFERENCE_COLUMNS.findIndex(({ name }) => name === 'Mark')]).toBe('4294967295');
  });

  it('print 64-bit integers exactly', () => {
    const edges = [0n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 53n), -(2n ** 53n) - 1n, -(2n ** 63n), -1n];
    fc.assert(
      fc.property(
        fc.oneof(fc.constantFrom(...edges), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
        (value) => {
          const bytes = new Uint8Array(232);
          new DataView(bytes.buffer).setBigInt64(120, value, true);
          expect(cell('TCP.BytesAcked', { attributes: attributes({ 2: bytes }) })).toBe(`${value}`);
        },
      ),
    );
  });

  it('print one byte of byte attributes, four of the mark, and all but the last byte of the name', () => {
    const of = (number: number, ...bytes: number[]) => ({
      attributes: attributes({ [number]: Uint8Array.from(bytes) }),
    });
    expect(cell('ClassID', of(17, 1, 2, 3, 4))).toBe('1');
    expect(cell('TOS', of(5, 0x20))).toBe('32');
    expect(cell('TOS', of(5))).toBe('0');
    expect(cell('Mark', of(15, 4, 3, 2, 1))).toBe('16909060');
    expect(cell('Mark', of(15, 4, 3, 2))).toBe('0');
    expect(cell('Mark', of(15, 4, 3, 2, 1, 0))).toBe('0');
    expect(cell('CongestionAlgorithm', of(4, 0x62, 0x62, 0x72, 0))).toBe('bbr');
    expect(cell('CongestionAlgorithm', of(4, 0x62, 0, 0x72, 0x72))).toBe('b\0r');
    expect(cell('CongestionAlgorithm', of(4, 0xff, 0))).toBe('\xff');
    expect(cell('CongestionAlgorithm', of(4, 0))).toBe('');
    expect(cell('CongestionAlgorithm', of(4))).toBe('');
  });
});

describe('the columns Observed and NotFullyParsed', () => {
  it.each([
    ['whole structs', { 1: 16, 2: 232, 3: 16, 7: 36, 9: 16, 16: 24 }, []],
    ['short structs', { 1: 0, 2: 104, 3: 1, 7: 32, 9: 0, 16: 20 }, []],
    ['long structs', { 1: 17, 2: 233, 3: 17, 7: 37, 9: 17, 16: 25 }, [1, 2, 3, 7, 9, 16]],
    ['integers', { 5: 1, 6: 1, 8: 1, 10: 1, 15: 4, 17: 4 }, []],
    ['integers without bytes', { 5: 0, 6: 0, 8: 0, 10: 0, 15: 0, 17: 0 }, [5, 6, 8, 10, 15, 17]],
    ['a mark of a wrong length', { 15: 5 }, [15]],
    ['a name', { 4: 6 }, []],
    ['a name without bytes', { 4: 0 }, []],
    [
      'attributes unknown to the reference',
      { 11: 1, 12: 1, 13: 1, 14: 0, 18: 1, 19: 1, 22: 1, 32: 1 },
      [11, 12, 13, 14, 18, 19, 22, 32],
    ],
    ['numbers without a bit', { 0: 1, 33: 1, 255: 1 }, []],
  ] as const)('are right for %s', (_, lengths, notParsed) => {
    const list = Object.entries(lengths).map(([number, length]) => [number, new Uint8Array(length)]);
    const record = { attributes: attributes(Object.fromEntries(list)) };
    const mask = (numbers: readonly number[]) =>
      String(numbers.filter((n) => n >= 1 && n <= 32).reduce((sum, n) => sum + 2 ** (n - 1), 0));
    expect(cell('Observed', record)).toBe(mask(Object.keys(lengths).map(Number)));
    expect(cell('NotFullyParsed', record)).toBe(mask(notParsed));
  });
});

describe('ReferenceRow', () => {
  it('rejects records that the reference rejects', () => {
    const timestamp = '2026-11-20T23:28:03Z';
    expect(() => row.load({ timestamp })).toThrow(expect.objectContaining({ name: 'DecodeError', code: 'ERR_RECORD' }));
    for (const rawIdm of [new Uint8Array(0), new Uint8Array(71)]) {
      expect(() => row.load({ timestamp, rawIdm })).toThrow(
        expect.objectContaining({ name: 'DecodeError', code: 'ERR_TRUNCATED', at: rawIdm.length }),
      );
    }
    row.load({ timestamp, rawIdm: new Uint8Array(80) });
  });

  it('accepts every record that has a header', () => {
    const payload = fc.option(fc.uint8Array({ maxLength: 300, size: 'max' }));
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 72, maxLength: 80 }),
        fc.array(payload, { maxLength: 40 }),
        (rawIdm, list) => {
          const record = {
            timestamp: '2026-11-20T23:28:03Z',
            rawIdm,
            attributes: list.map((p, i) => (i === 4 ? null : p)),
          };
          expect(cells(record)).toHaveLength(105);
        },
      ),
    );
  });
});
