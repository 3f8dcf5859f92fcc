import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  addressKey,
  anonymizeAddress,
  DecodeError,
  formatAddress,
  isLocal,
  parseAddress,
} from '../../netlink/index.js';

/** Returns the 16 bytes of eight groups. */
function v6(...groups: number[]): Uint8Array {
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

function parsed(text: string): { bytes: Uint8Array; family: number } {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return { bytes: address.bytes, family: address.family };
}

function local(text: string): boolean {
  const { bytes, family } = parsed(text);
  return isLocal(bytes, family);
}

function anonymized(text: string): string {
  const { bytes, family } = parsed(text);
  anonymizeAddress(bytes, family);
  return formatAddress(bytes, family);
}

const anyAddress = fc.record({
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    // Many zeros, where the shortening applies.
    fc
      .array(fc.constantFrom(0, 0, 0, 1, 0xff), { minLength: 16, maxLength: 16 })
      .map((bytes) => Uint8Array.from(bytes)),
  ),
  family: fc.constantFrom(AF_INET, AF_INET6),
});

describe('formatAddress', () => {
  it.each([
    [[0, 0, 0, 0, 0, 0, 0, 0], '::'],
    [[0, 0, 0, 0, 0, 0, 0, 1], '::1'],
    [[1, 0, 0, 0, 0, 0, 0, 0], '1::'],
    [[0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x42], '2001:db8::42'],
    [[0x2001, 0xdb8, 0, 1, 0, 0, 0, 1], '2001:db8:0:1::1'],
    [[0x2001, 0xdb8, 0, 0, 1, 0, 0, 1], '2001:db8::1:0:0:1'], // a tie: the first
    [[0x2001, 0, 0, 1, 0, 0, 0, 1], '2001:0:0:1::1'], // the longest
    [[1, 0, 2, 3, 4, 5, 6, 7], '1:0:2:3:4:5:6:7'], // one group is not shortened
    [[0, 1, 2, 3, 4, 5, 6, 0], '0:1:2:3:4:5:6:0'],
    [[0, 0, 1, 2, 3, 4, 0, 0], '::1:2:3:4:0:0'],
    [[0, 1, 2, 3, 4, 5, 0, 0], '0:1:2:3:4:5::'],
    [[0xfe80, 0, 0, 0, 0xabcd, 0xef, 0xa, 0xffff], 'fe80::abcd:ef:a:ffff'],
    [[0, 0, 0, 0, 0, 0xffff, 0xc000, 0x201], '192.0.2.1'],
    [[0, 0, 0, 0, 0, 0, 0xc000, 0x201], '::c000:201'], // IPv4-compatible is not IPv4-mapped
    [[0, 0, 0, 0, 0xffff, 0, 0xc000, 0x201], '::ffff:0:c000:201'],
    [[0x64, 0xff9b, 0, 0, 0, 0, 0xc000, 0x201], '64:ff9b::c000:201'],
    [[0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], '2001:db8::'], // IPv6, however few bytes are set
  ])('formats %j as %s', (groups, text) => {
    expect(formatAddress(v6(...groups), AF_INET6)).toBe(text);
  });

  it('formats AF_INET from the first four bytes', () => {
    expect(formatAddress(v6(0x0a00, 0x00ff, 0, 0, 0, 0, 0, 0), AF_INET)).toBe('10.0.0.255');
    expect(formatAddress(v6(0, 0, 0, 0, 0, 0, 0, 0), AF_INET)).toBe('0.0.0.0');
  });

  it('formats addresses that parseAddress reads back', () => {
    fc.assert(
      fc.property(anyAddress, ({ bytes, family }) => {
        const text = formatAddress(bytes, family);
        expect(isIP(text)).not.toBe(0);
        expect(addressKey(parsed(text).bytes, parsed(text).family)).toBe(addressKey(bytes, family));
        expect(text).toBe(text.toLowerCase());
        // The URL parser formats IPv6 as in RFC 5952, except for the mapped form.
        if (text.includes(':')) expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`);
      }),
      { numRuns: 500 },
    );
  });
});

describe('parseAddress', () => {
  it.each([
    ['1.2.3.4', AF_INET, '01020304000000000000000000000000'],
    ['255.255.255.255', AF_INET, 'ffffffff000000000000000000000000'],
    ['::', AF_INET6, '00000000000000000000000000000000'],
    ['2001:DB8::1', AF_INET6, '20010db8000000000000000000000001'],
    ['1:2:3:4:5:6:7::', AF_INET6, '00010002000300040005000600070000'],
    ['::2:3:4:5:6:7:8', AF_INET6, '00000002000300040005000600070008'],
    ['::ffff:192.0.2.1', AF_INET6, '00000000000000000000ffffc0000201'],
    ['1:2:3:4:5:6:1.2.3.4', AF_INET6, '00010002000300040005000601020304'],
    ['0001:0::', AF_INET6, '00010000000000000000000000000000'],
  ])('parses %s', (text, family, hex) => {
    const address = parsed(text);
    expect(address.family).toBe(family);
    expect(Buffer.from(address.bytes).toString('hex')).toBe(hex);
  });

  it.each([
    '',
    ' 1.2.3.4',
    '1.2.3.4 ',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '1.2.3.04',
    '1.2.3.+4',
    '0x1.2.3.4',
    '1.2.3.4/24',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '1:2:3:4::5:6:7:8',
    '1::2::3',
    ':1::2',
    '1::2:',
    '12345::',
    'g::',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '::1.2.3',
    'fe80::1%eth0',
    '[::1]',
    'localhost',
  ])('rejects %j', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it('never accepts an invalid address', () => {
    const text = fc.string({ unit: fc.constantFrom(...'0123456789abfF:.%/ '), maxLength: 24 });
    fc.assert(
      fc.property(text, (candidate) => {
        const zoned = candidate.includes('%');
        expect(parseAddress(candidate) !== undefined).toBe(isIP(candidate) !== 0 && !zoned);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('addressKey', () => {
  it('is the same for an IPv4 address and its mapped form', () => {
    const [plain, mapped, other] = [parsed('192.0.2.1'), parsed('::ffff:192.0.2.1'), parsed('::192.0.2.1')];
    expect(addressKey(mapped.bytes, mapped.family)).toBe(addressKey(plain.bytes, plain.family));
    expect(addressKey(other.bytes, other.family)).not.toBe(addressKey(plain.bytes, plain.family));
  });
});

describe('isLocal', () => {
  it.each([
    '127.0.0.1',
    '127.255.255.255',
    '169.254.0.1',
    '224.0.0.1',
    '239.255.255.255',
    '0.0.0.0',
    '::',
    '::1',
    'fe80::1',
    'febf:ffff::',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:169.254.1.1',
    '::ffff:0.0.0.0',
    '::ffff:224.0.0.1',
  ])('is true for %s', (text) => {
    expect(local(text)).toBe(true);
  });

  it.each([
    '10.0.0.1',
    '192.168.0.1',
    '126.255.255.255',
    '128.0.0.1',
    '169.253.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '0.0.0.1',
    '::2',
    'fd00::1',
    'fec0::1',
    '2001:db8::1',
    '::ffff:10.0.0.1',
    // IPv6 addresses that begin with the bytes of local IPv4 addresses.
    '7f00:1::',
    'e000:1::',
    'a9fe:101::',
  ])('is false for %s', (text) => {
    expect(local(text)).toBe(false);
  });
});

describe('anonymizeAddress', () => {
  it.each([
    ['192.0.2.77', '192.0.2.0'],
    ['::ffff:192.0.2.77', '192.0.2.0'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::'],
    ['2001:db8::', '2001:db8::'],
    ['::1', '::'],
    // Embedded IPv4 addresses: 6to4 and next to its block; Teredo, NAT64, ISATAP, IPv4-compatible, IPv4-translated.
    ['2002:c633:6407:1::2', '2002:c633:6400::'],
    ['2003:c633:6407:1::2', '2003:c633:6407::'],
    ['2001:0:c633:6407:8000:63bf:3fff:fdd2', '2001:0:c633::'],
    ['64:ff9b::198.51.100.7', '64:ff9b::'],
    ['64:ff9b:1::198.51.100.7', '64:ff9b:1::'],
    ['2001:db8:c633:6407::', '2001:db8:c633::'],
    ['2001:db8:1:2:0:5efe:c633:6407', '2001:db8:1::'],
    ['::198.51.100.7', '::'],
    ['::ffff:0:198.51.100.7', '::'],
  ])('changes %s to %s', (text, expected) => {
    expect(anonymized(text)).toBe(expected);
  });

  it('leaves bytes of other addresses unchanged', () => {
    const buffer = new Uint8Array(32).fill(0xaa);
    anonymizeAddress(buffer.subarray(8, 24), AF_INET6);
    expect([...buffer.subarray(0, 14), ...buffer.subarray(24)].every((byte) => byte === 0xaa)).toBe(true);
    expect(buffer.subarray(14, 24).every((byte) => byte === 0)).toBe(true);
  });

  it('rejects other families', () => {
    expect(() => anonymizeAddress(new Uint8Array(16), AF_UNSPEC)).toThrow(DecodeError);
  });
});
