import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildCpuStatisticsRequest,
  buildDeleteRequest,
  buildDumpRequest,
  buildGetRequest,
  buildTableStatisticsRequest,
  ConntrackDecoder,
  type ExactFlow,
  type Flow,
} from '../../conntrack/index.js';
import { AF_INET, AF_INET6, formatAddress } from '../../netlink/index.js';
import { capturedMessages } from '../support/fixtures.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
/** nlmsghdr without sequence and port, and nfgenmsg of version 1. */
const head = (length: string, type: string, flags: string, family: string): string =>
  `${length}000000${type}01${flags}${'00'.repeat(8)}${family}010000`;

const TUPLE = { src: '192.0.2.1', sport: 1234, dst: '192.0.2.2', dport: 80, protocol: 6 };
/** CTA_TUPLE_ORIG of that tuple: 52 bytes. */
const ORIG =
  '34000180' +
  '14000180' +
  '08000100c0000201' +
  '08000200c0000202' +
  '1c000280' +
  '0500010006000000' +
  '0600020004d20000' +
  '0600030000500000';

describe('requests', () => {
  it('dump both families, or one', () => {
    expect(hex(buildDumpRequest())).toBe(head('14', '01', '0103', '00'));
    expect(hex(buildDumpRequest({ family: AF_INET6 }))).toBe(head('14', '01', '0103', '0a'));
  });

  it('set counters to zero only if asked', () => {
    expect(hex(buildDumpRequest({ zero: true }))).toBe(head('14', '03', '0103', '00'));
    expect(hex(buildDumpRequest({ zero: false }))).toBe(head('14', '01', '0103', '00'));
  });

  it('get one flow by tuple', () => {
    expect(hex(buildGetRequest({ family: AF_INET, tuple: TUPLE }))).toBe(head('48', '01', '0100', '02') + ORIG);
    expect(hex(buildGetRequest({ family: AF_INET, tuple: TUPLE, zone: 7 }))).toBe(
      `${head('50', '01', '0100', '02')}${ORIG}0600120000070000`,
    );
  });

  it('delete one flow by tuple and id', () => {
    const request = buildDeleteRequest({ family: AF_INET, tuple: TUPLE, id: 0xdead_beef });
    expect(hex(request)).toBe(`${head('50', '02', '0500', '02')}${ORIG}08000c00deadbeef`);
  });

  it('ask for statistics', () => {
    expect(hex(buildCpuStatisticsRequest())).toBe(head('14', '04', '0103', '00'));
    expect(hex(buildTableStatisticsRequest())).toBe(head('14', '05', '0100', '00'));
  });
});

describe('a request to delete', () => {
  const flow: ExactFlow = { family: AF_INET, tuple: TUPLE, id: 1 };
  it.each<[string, Partial<Record<keyof ExactFlow, unknown>>]>([
    ['no id', { id: undefined }],
    ['an id that is no u32', { id: 2 ** 32 }],
    ['a negative id', { id: -1 }],
    ['an empty tuple', { tuple: {} }],
    ['no source', { tuple: { ...TUPLE, src: undefined } }],
    ['no protocol', { tuple: { ...TUPLE, protocol: undefined } }],
    ['an address of another family', { tuple: { ...TUPLE, src: '2001:db8::1' } }],
  ])('refuses %s', (_, change) => {
    expect(() => buildDeleteRequest({ ...flow, ...change } as ExactFlow)).toThrow(RangeError);
  });

  it('has version 1, a tuple and an id for every flow', () => {
    const decoder = new ConntrackDecoder();
    for (const bytes of capturedMessages('conntrack/6.18-flows.bin')) {
      const { family, orig, id = 0 } = decoder.flow(bytes);
      const request = Buffer.from(buildDeleteRequest({ family, tuple: orig, id }));
      expect(request[17]).toBe(1);
      // CTA_TUPLE_ORIG first, CTA_ID last.
      expect(request.readUInt16LE(22)).toBe(0x8001);
      expect(request.readUInt16LE(20)).toBeGreaterThan(4);
      expect(hex(request.subarray(-8))).toBe(`08000c00${id.toString(16).padStart(8, '0')}`);
    }
  });
});

describe('filters of a dump', () => {
  const attributes = (filter: Parameters<typeof buildDumpRequest>[0]): string =>
    hex(buildDumpRequest(filter).subarray(20));

  it('compare parts of a tuple, with flags in host order', () => {
    expect(attributes({ family: AF_INET, orig: { protocol: 6, dport: 443 } })).toBe(
      `180001801400028005000100060000000600030001bb0000${'14001980'}${'0800010028000000'}${'0800020000000000'}`,
    );
    expect(attributes({ family: AF_INET, reply: { src: '192.0.2.2' } })).toBe(
      `10000280${'0c000180'}${'08000100c0000202'}${'14001980'}${'0800010000000000'}${'0800020001000000'}`,
    );
  });

  it('compare status, mark and zone', () => {
    expect(attributes({ status: { value: 0x20, mask: 0x20 } })).toBe('0800030000000020' + '08001a0000000020');
    expect(attributes({ mark: { value: 1, mask: 0xffff_ffff } })).toBe('0800080000000001' + '08001500ffffffff');
    expect(attributes({ zone: 7 })).toBe('0600120000070000');
  });

  it('are refused where the kernel refuses them', () => {
    expect(() => buildDumpRequest({ orig: { protocol: 6 } })).toThrow(RangeError);
    expect(() => buildDumpRequest({ family: AF_INET, orig: { dport: 1 } })).toThrow(RangeError);
  });

  it('are refused by address of IPv6: the kernel would return all others', () => {
    expect(() => buildDumpRequest({ family: AF_INET6, orig: { src: '2001:db8::1' } })).toThrow('keep all others');
    expect(() => buildDumpRequest({ family: AF_INET6, reply: { dst: '2001:db8::1' } })).toThrow(RangeError);
  });
});

describe('a tuple in a request', () => {
  /** Returns the tuple of a GET request: the decoder reads it as both tuples of a flow. */
  function decoded(request: Uint8Array): Flow {
    const orig = Buffer.from(request.subarray(20));
    const reply = Buffer.from(orig);
    reply.writeUInt16LE(0x8002, 2);
    const bytes = Buffer.concat([request.subarray(0, 20), orig, reply]);
    bytes.writeUInt32LE(bytes.length, 0);
    bytes.writeUInt16LE(0x100, 4);
    return new ConntrackDecoder().flow(bytes);
  }

  it('comes back from the decoder', () => {
    const family = fc.constantFrom(AF_INET, AF_INET6);
    const address = (of: number): fc.Arbitrary<string> =>
      fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => formatAddress(bytes, of));
    const ports = fc.record({
      protocol: fc.constantFrom(6, 17, 33, 132, 136),
      sport: fc.nat(65_535),
      dport: fc.nat(65_535),
    });
    const icmp = (protocol: number) =>
      fc.record({
        protocol: fc.constant(protocol),
        icmpId: fc.nat(65_535),
        icmpType: fc.nat(255),
        icmpCode: fc.nat(255),
      });
    const flows = family.chain((of) =>
      fc.record({
        family: fc.constant(of),
        tuple: fc
          .tuple(
            address(of),
            address(of),
            fc.oneof(ports, icmp(of === AF_INET ? 1 : 58), fc.record({ protocol: fc.constant(47) })),
          )
          .map(([src, dst, rest]) => ({ src, dst, ...rest })),
      }),
    );
    fc.assert(
      fc.property(flows, ({ family: of, tuple }) => {
        expect(decoded(buildGetRequest({ family: of, tuple }))).toEqual({ family: of, orig: tuple, reply: tuple });
      }),
    );
  });

  it('keeps an IPv4-mapped address of an IPv6 flow', () => {
    const tuple = { ...TUPLE, src: '192.0.2.1' };
    expect(decoded(buildGetRequest({ family: AF_INET6, tuple })).orig).toEqual(tuple);
  });
});
