import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressMap } from '../../../collector/recording/address-map.js';
import { AF_INET, AF_INET6, formatAddress, parseAddress } from '../../../netlink/index.js';

const KEY = Buffer.alloc(32, 7);

function replaced(text: string, map = new AddressMap(KEY)): string {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} is no address`);
  const bytes = Buffer.alloc(16);
  bytes.set(address.bytes);
  map.replace(bytes, address.family);
  return formatAddress(bytes.subarray(0, address.bytes.length), address.family);
}

/** Number of bits that two addresses have in common at their start. */
function common(a: Uint8Array, b: Uint8Array): number {
  for (let bit = 0; bit < a.length * 8; bit++) {
    if ((((a[bit >> 3] ?? 0) ^ (b[bit >> 3] ?? 0)) & (0x80 >> (bit & 7))) !== 0) return bit;
  }
  return a.length * 8;
}

/** Global unicast IPv6: no other range is within, so no second step is needed. */
const global6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => {
  bytes[0] = 0x20 | ((bytes[0] ?? 0) & 0x1f);
  return bytes;
});

describe('replaced addresses', () => {
  it('have as long a common prefix as before', () => {
    const map = new AddressMap(KEY);
    fc.assert(
      fc.property(global6, global6, fc.integer({ min: 0, max: 16 }), (a, b, shared) => {
        b.set(a.subarray(0, shared));
        const [before, x, y] = [common(a, b), Uint8Array.from(a), Uint8Array.from(b)];
        map.replace(x, AF_INET6);
        map.replace(y, AF_INET6);
        expect(common(x, y)).toBe(before);
      }),
      { numRuns: 60 },
    );
  });

  it('are different ones for different IPv4 addresses, and never loopback or link-local', () => {
    const map = new AddressMap(KEY);
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        const now = replaced(text, map);
        expect(seen.get(now) ?? text).toBe(text);
        seen.set(now, text);
        for (const prefix of ['127.', '169.254.', '10.', '192.168.', '0.']) {
          expect(now.startsWith(prefix)).toBe(text.startsWith(prefix));
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each(['127.0.0.1', '0.0.0.0', '::', '::1'])('%s stays', (text) => {
    expect(replaced(text)).toBe(text);
  });

  it('a mapped address and NAT64 are replaced as the IPv4 address in them', () => {
    const v4 = replaced('203.0.113.9');
    const mapped = parseAddress(`::ffff:${v4}`);
    expect(replaced('::ffff:203.0.113.9')).toBe(formatAddress(mapped?.bytes ?? Buffer.alloc(16), AF_INET6));
    expect(v4).not.toBe('203.0.113.9');
  });

  it('link-local and private ones stay such', () => {
    expect(replaced('fe80::1234:5678')).toMatch(/^fe80::/);
    expect(replaced('10.1.2.3')).toMatch(/^10\./);
    expect(replaced('172.20.2.3')).toMatch(/^172\.(1[6-9]|2\d|3[01])\./);
  });

  it('are others with another key', () => {
    expect(replaced('203.0.113.9', new AddressMap(Buffer.alloc(32, 8)))).not.toBe(replaced('203.0.113.9'));
  });

  it('touch only the 4 bytes of an IPv4 address', () => {
    const bytes = Buffer.alloc(16, 0xaa);
    new AddressMap(KEY).replace(bytes, AF_INET);
    expect([...bytes.subarray(4)]).toEqual(Array(12).fill(0xaa));
  });
});
