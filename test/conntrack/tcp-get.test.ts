import { describe, expect, it } from 'vitest';
import { buildGetRequest, MAX_TCP_GET_BYTES, writeTcpGet } from '../../conntrack/index.js';
import { AF_INET, AF_INET6, parseAddress } from '../../netlink/index.js';

const bytesOf = (text: string): Uint8Array => parseAddress(text)?.bytes ?? new Uint8Array(16);

/** Writes a request behind `before` other bytes, and returns it. */
function written(family: number, src: string, dst: string, before = 0): Uint8Array {
  const target = new Uint8Array(before + MAX_TCP_GET_BYTES).fill(0xaa);
  const end = writeTcpGet(target, before, family, { src: bytesOf(src), dst: bytesOf(dst), sport: 443, dport: 0x1234 });
  expect(target.subarray(0, before).every((byte) => byte === 0xaa)).toBe(true);
  return target.slice(before, end);
}

const built = (family: typeof AF_INET | typeof AF_INET6, src: string, dst: string): Uint8Array =>
  buildGetRequest({ family, tuple: { protocol: 6, src, dst, sport: 443, dport: 0x1234 } });

describe('writeTcpGet', () => {
  it.for([
    [AF_INET, '192.0.2.1', '198.51.100.7'],
    [AF_INET, '0.0.0.0', '255.255.255.255'],
    [AF_INET6, '2001:db8::1', 'fe80::ff'],
    [AF_INET6, '::', 'f1f2:f3f4:f5f6:f7f8:f9fa::1'],
  ] as const)('writes what is built from attributes: family %i from %s to %s', ([family, src, dst]) => {
    expect(written(family, src, dst, 12)).toEqual(built(family, src, dst));
  });

  it('asks for an IPv4 flow if the addresses of an IPv6 socket are IPv4-mapped', () => {
    expect(written(AF_INET6, '::ffff:192.0.2.1', '::ffff:192.0.2.9')).toEqual(built(AF_INET, '192.0.2.1', '192.0.2.9'));
  });
});
