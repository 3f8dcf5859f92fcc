import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findRows } from '../../../live/answers/find-rows.js';
import { RequestError } from '../../../live/answers/index.js';
import { FakeStore, fakeRow } from './fake-store.js';

const UUID = 'host_1795890818_0000000000000D8F';

function finder(...rows: Parameters<typeof fakeRow>[0][]) {
  const store = new FakeStore(rows.map((spec) => fakeRow(spec)));
  return (id: string, netns?: string): string[] => {
    const work = findRows(store, id, netns);
    let step = work.next();
    while (step.done !== true) step = work.next();
    return step.value.map(({ key }) => key);
  };
}

describe('find', () => {
  const find = finder(
    { uuid: UUID, cookie: 0xd8fn, local: '10.0.0.1', localPort: 443, remote: '10.0.0.2', remotePort: 5001 },
    { uuid: 'host_1795890818_0000000000001D8F', cookie: 0x1d8fn, local: '::ffff:10.0.0.1', localPort: 80 },
    {
      uuid: 'host_1795890818_0000000000000002',
      cookie: 2n,
      local: '2001:db8::1',
      localPort: 443,
      remote: '2001:db8::2',
    },
    {
      uuid: null,
      key: 'part.jsonl',
      cookie: null,
      local: '192.0.2.9',
      localPort: 9,
      remote: '192.0.2.8',
      remotePort: 8,
    },
  );

  it.each([
    ['a UUID', UUID, [UUID]],
    ['the end of one', '0d8f', [UUID]],
    ['the end of several', 'd8F', [UUID, 'host_1795890818_0000000000001D8F']],
    ['all digits', '0000000000000D8F', [UUID]],
    ['a cookie in decimal digits', 'cookie:3471', [UUID]],
    ['an unknown cookie', 'cookie:99999999999999999999', []],
    ['an IPv4 tuple', '10.0.0.1:443-10.0.0.2:5001', [UUID]],
    ['an IPv4-mapped tuple', '[::ffff:10.0.0.1]:443-[::ffff:a00:2]:5001', [UUID]],
    ['an IPv4 tuple of a mapped connection', '10.0.0.1:80-192.0.2.2:2', ['host_1795890818_0000000000001D8F']],
    ['an IPv6 tuple', '[2001:db8:0::1]:443-[2001:DB8::2]:2', ['host_1795890818_0000000000000002']],
    ['a tuple the other way round', '10.0.0.2:5001-10.0.0.1:443', []],
    ['a key without a UUID', 'part.jsonl', ['part.jsonl']],
    ['an unknown UUID', 'host_1_00000000000000FF', []],
  ])('finds %s', (_, id, keys) => {
    expect(find(id)).toEqual(keys);
  });

  it.each([
    'cookie:',
    'cookie:abc',
    'cookie:-1',
    'cookie:999999999999999999999',
    '10.0.0.1',
    '10.0.0.1:443',
    '10.0.0.1:443-10.0.0.2',
    '10.0.0.1:443-10.0.0.2:70000',
    '10.0.0.1:443-10.0.0.256:1',
  ])('refuses %s, which is neither a cookie nor two ends', (id) => {
    expect(() => find(id)).toThrow(RequestError);
    expect(() => find(id)).toThrow('cookie:NUMBER or ADDRESS:PORT-ADDRESS:PORT');
  });

  it('prefers open rows, and takes closed ones if none is open', () => {
    const one = finder(
      { uuid: UUID, isOpen: false },
      { uuid: UUID, key: `${UUID}@2026-11-21T00:00:00Z`, isOpen: true },
      { uuid: UUID, key: `${UUID}@2026-11-21T00:00:01Z`, isOpen: false },
    );
    expect(one(UUID)).toEqual([`${UUID}@2026-11-21T00:00:00Z`]);
    expect(one('D8F')).toEqual([`${UUID}@2026-11-21T00:00:00Z`]);
    // A key names one row.
    expect(one(`${UUID}@2026-11-21T00:00:01Z`)).toEqual([`${UUID}@2026-11-21T00:00:01Z`]);
    expect(finder({ uuid: UUID, isOpen: false })(UUID)).toEqual([UUID]);
  });

  it('takes only rows of a network namespace', () => {
    const one = finder(
      { uuid: 'a_1', netnsName: 'blue', netnsInode: 4026532000, localPort: 443 },
      { uuid: 'b_1', netnsName: 'red', netnsInode: 4026532001, localPort: 443 },
      { uuid: 'c_1', localPort: 443 },
      { uuid: 'd_1', key: 'd_1@x', netnsName: 'red' },
    );
    expect(one('1', 'blue')).toEqual(['a_1']);
    expect(one('1', '4026532001')).toEqual(['b_1']);
    expect(one('1')).toHaveLength(4);
    expect([one('1', 'null'), one('1', ''), one('a_1', 'red')]).toEqual([[], [], []]);
    expect([one('d_1@x', 'red'), one('d_1@x', 'blue')]).toEqual([['d_1@x'], []]);
  });

  it.each([
    '',
    ' ',
    'cookie:',
    'cookie:0x5',
    'cookie:-1',
    'a/b',
    'ü',
    '10.0.0.1:443-10.0.0.2:70000',
    '10.0.0.1.5:1-10.0.0.2:2',
    '[10.0.0.1:443-10.0.0.2:2',
    '10.0.0.1:443',
    `x${'y'.repeat(300)}`,
  ])('refuses %j, or finds nothing', (id) => {
    try {
      expect(find(id)).toEqual([]);
    } catch (error) {
      expect(error).toBeInstanceOf(RequestError);
      expect(error).toMatchObject({ parameter: 'id' });
    }
  });

  it('refuses a text that is no id', () => {
    for (const id of ['', ' ', 'a/b', 'ü', 'a\nb', `x${'y'.repeat(300)}`]) expect(() => find(id)).toThrow(RequestError);
  });

  it('throws nothing but its error, and finds only rows that fit, for any text', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789abcdefD:.-[]cookie@_ '), maxLength: 60 });
    fc.assert(
      fc.property(fc.oneof(fc.string(), digits), fc.option(fc.string(), { nil: undefined }), (id, netns) => {
        try {
          expect(Array.isArray(find(id, netns))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(RequestError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
