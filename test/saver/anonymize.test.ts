import { describe, expect, it } from 'vitest';
import { AF_INET, AF_INET6, addressKey, decodeSockId, formatAddress, parseAddress } from '../../inetdiag/index.js';
import { createAnonymize, ownAddresses } from '../../saver/index.js';
import { buildMessage } from '../support/messages.js';

const bytes = (text: string): Uint8Array => {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`no address: ${text}`);
  return address.bytes;
};

function anonymized(family: number, src: string, dst: string, own: string[]): [string, string] {
  const rawIdm = buildMessage({ family, src: bytes(src), dst: bytes(dst) }).subarray(16, 88);
  const before = Buffer.from(rawIdm);
  const id = decodeSockId(createAnonymize('netblock', (key) => own.includes(key))(rawIdm));
  expect(rawIdm.equals(before), 'the original is left alone').toBe(true);
  return [formatAddress(id.src, family), formatAddress(id.dst, family)];
}

describe('createAnonymize', () => {
  it('cuts IPv4 to /24, IPv6 to /48 and IPv4-mapped to /24, at both ends', () => {
    expect(anonymized(AF_INET, '192.0.2.1', '198.51.100.7', [])).toEqual(['192.0.2.0', '198.51.100.0']);
    expect(anonymized(AF_INET6, '2001:db8:1:2::3', '2001:db8:a:b:c:d:e:f', [])).toEqual([
      '2001:db8:1::',
      '2001:db8:a::',
    ]);
    expect(anonymized(AF_INET6, '::ffff:192.0.2.1', '::ffff:198.51.100.7', [])).toEqual(['192.0.2.0', '198.51.100.0']);
  });

  it('leaves this machine’s addresses, also in their mapped form', () => {
    expect(anonymized(AF_INET, '192.0.2.1', '198.51.100.7', ['192.0.2.1'])).toEqual(['192.0.2.1', '198.51.100.0']);
    expect(anonymized(AF_INET6, '::ffff:192.0.2.1', '::ffff:198.51.100.7', ['192.0.2.1'])).toEqual([
      '192.0.2.1',
      '198.51.100.0',
    ]);
  });

  it('refuses a family that it does not know, so that nothing unknown passes for anonymous', () => {
    const rawIdm = buildMessage({ family: 7 }).subarray(16, 88);
    expect(() => createAnonymize('netblock', () => false)(rawIdm)).toThrow(
      expect.objectContaining({ name: 'DecodeError' }),
    );
  });

  it('hands on the very bytes when nothing is asked for', () => {
    const rawIdm = buildMessage().subarray(16, 88);
    expect(createAnonymize('none', () => false)(rawIdm)).toBe(rawIdm);
  });
});

describe('ownAddresses', () => {
  it('knows the loopback addresses of this machine, and no others', () => {
    const isOwn = ownAddresses({ onFailure: () => undefined });
    expect(isOwn(addressKey(bytes('127.0.0.1'), AF_INET))).toBe(true);
    expect(isOwn(addressKey(bytes('192.0.2.77'), AF_INET))).toBe(false);
  });

  it('reads them again each minute, and keeps what it knows when that fails', () => {
    let now = 0;
    let addresses: string[] | Error = ['192.0.2.1'];
    const failures: unknown[] = [];
    const read = () => {
      if (addresses instanceof Error) throw addresses;
      return addresses;
    };
    const isOwn = ownAddresses({ nowMs: () => now, read, onFailure: (error) => failures.push(error) });
    addresses = ['2001:db8::1'];
    now = 59_999;
    expect([isOwn('192.0.2.1'), isOwn('2001:db8::1')]).toEqual([true, false]);
    now = 60_000;
    expect([isOwn('192.0.2.1'), isOwn('2001:db8::1')]).toEqual([true, true]);
    addresses = new Error('EMFILE');
    now = 120_000;
    expect([isOwn('192.0.2.1'), isOwn('2001:db8::1')]).toEqual([true, true]);
    expect(failures).toHaveLength(1);
  });
});
