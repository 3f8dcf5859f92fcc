import { describe, expect, it } from 'vitest';
import { decodeSockId, INET_DIAG_SOCKOPT } from '../../inetdiag/index.js';
import { AF_INET, AF_INET6, formatAddress, parseAddress } from '../../netlink/index.js';
import { createAnonymize, type OwnAddressBook } from '../../saver/index.js';
import { TcpState } from '../../tcp/index.js';
import { buildMessage } from '../support/messages.js';

const bytes = (text: string): Uint8Array => {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`no address: ${text}`);
  return address.bytes;
};

/** Returns INET_DIAG_SOCKOPT of a TCP socket with these options. */
function options(...names: readonly ('freebind' | 'transparent')[]): (Uint8Array | null)[] {
  const bits = { freebind: 1 << 2, transparent: 1 << 5 };
  const attributes = Array<Uint8Array | null>(INET_DIAG_SOCKOPT).fill(null);
  return [
    ...attributes,
    Uint8Array.of(
      names.reduce((sum, name) => sum | bits[name], 0x12),
      0,
    ),
  ];
}

/** Returns an address book with these addresses, which records what it learns. */
function book(own: readonly string[]): OwnAddressBook & { readonly learned: Set<string> } {
  const learned = new Set<string>();
  const has = (key: string): boolean => own.includes(key) || learned.has(key);
  return { has, hasSource: has, learn: (key) => void learned.add(key), learned };
}

/** Returns a record's `inet_diag_msg`. */
function message(family: number, src: string, dst: string, state = 1): Buffer {
  return Buffer.from(buildMessage({ family, state, src: bytes(src), dst: bytes(dst) }).subarray(16, 88));
}

function anonymized(family: number, src: string, dst: string, own: string[]): [string, string] {
  const rawIdm = message(family, src, dst);
  const before = Buffer.from(rawIdm);
  const id = decodeSockId(createAnonymize('netblock', book(own))({ rawIdm, attributes: undefined }));
  expect(rawIdm.equals(before), 'the original is left alone').toBe(true);
  return [formatAddress(id.src, family), formatAddress(id.dst, family)];
}

describe('createAnonymize', () => {
  it('cuts IPv4 to /24, IPv6 to /48 and IPv4-mapped to /24, on both sides', () => {
    expect(anonymized(AF_INET, '192.0.2.1', '198.51.100.7', [])).toEqual(['192.0.2.0', '198.51.100.0']);
    expect(anonymized(AF_INET6, '2001:db8:1:2::3', '2001:db8:a:b:c:d:e:f', [])).toEqual([
      '2001:db8:1::',
      '2001:db8:a::',
    ]);
    expect(anonymized(AF_INET6, '::ffff:192.0.2.1', '::ffff:198.51.100.7', [])).toEqual(['192.0.2.0', '198.51.100.0']);
  });

  it("keeps this machine's addresses, also in mapped form", () => {
    expect(anonymized(AF_INET, '192.0.2.1', '198.51.100.7', ['192.0.2.1'])).toEqual(['192.0.2.1', '198.51.100.0']);
    expect(anonymized(AF_INET6, '::ffff:192.0.2.1', '::ffff:198.51.100.7', ['192.0.2.1'])).toEqual([
      '192.0.2.1',
      '198.51.100.0',
    ]);
  });

  it('keeps the source of a socket whose options prove it local, and remembers it', () => {
    const own = book([]);
    const anonymize = createAnonymize('netblock', own);
    const texts = (rawIdm: Uint8Array, attributes?: readonly (Uint8Array | null)[]): [string, string] => {
      const id = decodeSockId(anonymize({ rawIdm, attributes }));
      return [formatAddress(id.src, AF_INET), formatAddress(id.dst, AF_INET)];
    };
    const there = message(AF_INET, '198.51.100.7', '203.0.113.9');
    expect(texts(there), 'nothing is known').toEqual(['198.51.100.0', '203.0.113.0']);
    expect(texts(there, options('transparent')), 'others’ connections').toEqual(['198.51.100.0', '203.0.113.0']);
    expect(own.learned).toEqual(new Set());
    expect(texts(there, options())).toEqual(['198.51.100.7', '203.0.113.0']);
    expect(texts(there), 'what is left of it has no options').toEqual(['198.51.100.7', '203.0.113.0']);
    // The other side of a connection between two local programs.
    expect(texts(message(AF_INET, '192.0.2.1', '198.51.100.7'), options())).toEqual(['192.0.2.1', '198.51.100.7']);
  });

  it('does not learn a source address chosen by a program before an answer has come back', () => {
    const own = book([]);
    const anonymize = createAnonymize('netblock', own);
    const connecting = message(AF_INET6, '2001:db8:1:2::3', '2001:db8:a:b::1', TcpState.SYN_SENT);
    expect(anonymize({ rawIdm: connecting, attributes: options('freebind') }).subarray(8, 24)).toEqual(
      Uint8Array.from(bytes('2001:db8:1:2::3')),
    );
    expect(own.learned).toEqual(new Set());
    const open = message(AF_INET6, '2001:db8:1:2::3', '2001:db8:a:b::1', TcpState.ESTABLISHED);
    anonymize({ rawIdm: open, attributes: options('freebind') });
    expect(own.learned).toEqual(new Set(['2001:db8:1:2::3']));
  });

  it('rejects an unknown family, so that no address passes unchanged', () => {
    const rawIdm = buildMessage({ family: 7 }).subarray(16, 88);
    expect(() => createAnonymize('netblock', book([]))({ rawIdm, attributes: undefined })).toThrow(
      expect.objectContaining({ name: 'DecodeError' }),
    );
  });

  it('returns the same bytes without anonymisation', () => {
    const rawIdm = buildMessage().subarray(16, 88);
    expect(createAnonymize('none', book([]))({ rawIdm, attributes: undefined })).toBe(rawIdm);
  });
});
