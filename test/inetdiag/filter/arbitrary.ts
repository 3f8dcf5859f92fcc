import fc from 'fast-check';
import { cut } from '../../../inetdiag/filter/prefix.js';
import type { FilterRule, InetDiagSockId, PortRange, Prefix } from '../../../inetdiag/index.js';
import { AF_INET, AF_INET6 } from '../../../netlink/index.js';
import { buildMessage } from '../../support/messages.js';
import type { TestSocket } from './machines.js';

// Few values, close together, so that rules often match sockets.
const byte = fc.constantFrom(0, 1, 10, 127, 128, 169, 192, 224, 254, 255);
const ipv4 = fc.tuple(byte, byte, byte, byte).map((bytes) => Uint8Array.from(bytes));
const mapped = ipv4.map((bytes) => Uint8Array.from([...new Array(10).fill(0), 0xff, 0xff, ...bytes]));
const ipv6 = fc.oneof(
  mapped,
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  fc
    .tuple(fc.constantFrom(0, 0x20, 0xfe, 0xff), fc.constantFrom(0, 1, 0x80, 0xff), fc.constantFrom(0, 0xff), byte)
    .map(([first, second, middle, last]) => {
      const bytes = new Uint8Array(16);
      bytes.set([first, second]);
      bytes.fill(middle, 10, 12);
      bytes[15] = last;
      return bytes;
    }),
);
const port = fc.oneof(fc.constantFrom(0, 1, 79, 80, 81, 443, 65_534, 65_535), fc.nat(65_535));

/** Arbitrary sockets of both families; IPv6 ones may have an IPv4-mapped address on either side. */
export const socketArbitrary: fc.Arbitrary<TestSocket> = fc.oneof(
  fc.record({ family: fc.constant(AF_INET), sport: port, dport: port, src: ipv4, dst: ipv4 }).map((socket) => ({
    ...socket,
    src: Uint8Array.from([...socket.src, ...new Array(12).fill(0)]),
    dst: Uint8Array.from([...socket.dst, ...new Array(12).fill(0)]),
  })),
  fc.record({ family: fc.constant(AF_INET6), sport: port, dport: port, src: ipv6, dst: ipv6 }),
);

export const prefixArbitrary: fc.Arbitrary<Prefix> = fc
  .oneof(fc.tuple(mapped, fc.integer({ min: 96, max: 128 })), fc.tuple(ipv6, fc.integer({ min: 0, max: 128 })))
  .map(([bytes, length]) => ({ bytes: cut(bytes, length), length }));

export const rangeArbitrary: fc.Arbitrary<PortRange> = fc
  .tuple(port, fc.oneof(fc.constant(0), fc.nat(20), fc.nat(65_535)))
  .map(([first, more]) => ({ first, last: Math.min(65_535, first + more) }));

const list = <T>(element: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(element, { minLength: 1, maxLength: 12 });

/** Arbitrary rules of one or more terms. */
export const ruleArbitrary: fc.Arbitrary<FilterRule> = fc
  .record(
    {
      action: fc.constantFrom('include' as const, 'exclude' as const),
      sport: list(rangeArbitrary),
      dport: list(rangeArbitrary),
      src: list(prefixArbitrary),
      dst: list(prefixArbitrary),
    },
    { requiredKeys: ['action'] },
  )
  .filter((rule) => Object.keys(rule).length > 1);

export function idOf({ sport, dport, src, dst }: TestSocket): InetDiagSockId {
  return { sport, dport, src, dst, interface: 0, cookie: 1n };
}

/** Returns the destroy event of a socket. */
export function eventOf({ family, sport, dport, src, dst }: TestSocket): Uint8Array {
  return buildMessage({ type: 20, state: 7, family, sport, dport, src, dst });
}
