import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  beginsWith,
  comparableAddress,
  formatPrefix,
  IPV4_PREFIX,
  type Prefix,
  PrefixMap,
  parsePrefix,
} from '../../../inetdiag/index.js';
import { parseAddress } from '../../../netlink/index.js';

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new TypeError(`no prefix: ${text}`);
  return parsed;
}

function address(text: string): Uint8Array {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new TypeError(`no address: ${text}`);
  return comparableAddress(parsed.bytes, parsed.family);
}

// Few bits differ, so that prefixes contain one another often.
const anyAddress = fc.oneof(
  fc.tuple(fc.nat(3), fc.constantFrom(0, 1, 128, 255)).map(([a, b]) => address(`10.${64 * a}.0.${b}`)),
  fc.tuple(fc.nat(3), fc.constantFrom('0', '1', '8000')).map(([a, b]) => address(`2001:db8:${a}::${b}`)),
  fc.constantFrom('::', '::1', '0.0.0.0', '255.255.255.255', '::fffe:0:0', '::ffff:0:0').map(address),
);
const anyPrefix = fc.tuple(anyAddress, fc.nat(128)).map(([bytes, length]): Prefix => {
  const cut = bytes.map((byte, i) => byte & (0xff00 >> Math.min(8, Math.max(0, length - 8 * i))));
  return { bytes: cut, length };
});

describe('PrefixMap', () => {
  it('answers as a list of prefixes does', () => {
    const operation = fc.oneof(
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('set' as const), prefix: anyPrefix }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), prefix: anyPrefix }) },
    );
    fc.assert(
      fc.property(
        fc.array(operation, { maxLength: 60 }),
        fc.array(anyAddress, { maxLength: 10 }),
        (operations, asked) => {
          const table = new PrefixMap<number>();
          const model = new Map<string, { prefix: Prefix; value: number }>();
          for (const [i, { kind, prefix: each }] of operations.entries()) {
            const key = `${each.bytes} ${each.length}`;
            if (kind === 'set') {
              table.set(each, i);
              model.set(key, { prefix: each, value: i });
            } else {
              expect(table.delete(each)).toBe(model.delete(key));
            }
            expect(table.size).toBe(model.size);
            expect(table.get(each)).toBe(model.get(key)?.value);
          }
          for (const each of asked) {
            const isIpv4 = beginsWith(each, IPV4_PREFIX);
            const covering = [...model.values()].filter(
              ({ prefix: { bytes, length } }) =>
                beginsWith(each, { bytes, length }) && isIpv4 === (length >= 96 && beginsWith(bytes, IPV4_PREFIX)),
            );
            expect(table.some(each, () => true)).toBe(covering.length > 0);
            expect(table.some(each, (value) => value % 2 === 0)).toBe(covering.some(({ value }) => value % 2 === 0));
          }
          const values = (of: Iterable<number>): number[] => [...of].sort((a, b) => a - b);
          expect(values(Array.from(table.entries(), ([, value]) => value))).toEqual(
            values(Array.from(model.values(), ({ value }) => value)),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it('deletes while it is listed', () => {
    fc.assert(
      fc.property(fc.array(anyPrefix, { maxLength: 40 }), (prefixes) => {
        const table = new PrefixMap<string>();
        for (const each of prefixes) table.set(each, formatPrefix(each));
        for (const [each] of table.entries()) table.delete(each);
        expect(table.size).toBe(0);
        expect([...table.entries()]).toEqual([]);
      }),
    );
  });

  it('tests the value of every prefix that contains an address', () => {
    const table = new PrefixMap<string>();
    for (const text of ['10.0.0.0/8', '10.1.0.0/16', '0.0.0.0/0', '10.1.2.3', '11.0.0.0/8'])
      table.set(prefix(text), text);
    const seen: string[] = [];
    expect(table.some(address('10.1.2.3'), (value) => seen.push(value) < 0)).toBe(false);
    expect(seen.sort()).toEqual(['0.0.0.0/0', '10.0.0.0/8', '10.1.0.0/16', '10.1.2.3']);
    expect(table.some(address('12.0.0.1'), (value) => value !== '0.0.0.0/0')).toBe(false);
  });

  it('does not find IPv4 addresses in IPv6 prefixes', () => {
    const table = new PrefixMap<true>();
    table.set(prefix('::/0'), true);
    expect(table.some(address('10.0.0.1'), () => true)).toBe(false);
    expect(table.some(address('2001:db8::1'), () => true)).toBe(true);
  });
});
