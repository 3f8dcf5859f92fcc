import { describe, expect, it } from 'vitest';
import {
  assembleCaptureProgram,
  BODY_SNAP_BYTES,
  type CapturedPorts,
  type CaptureMode,
  HEAD_SNAP_BYTES,
} from '../../../http/packet/index.js';
import { isAcceptedClassicBpf, type PacketContext, runClassicBpf } from '../../support/classic-bpf.js';
import { ipv4, ipv6, segment, TcpFlag } from '../../support/segments.js';

const ALL = 0xffff_ffff;
const DROPPED = 0;
const { FIN, SYN, RST, PSH, ACK } = TcpFlag;
const ETHERNET = 1;
const LOOPBACK = 772;
const [HOST, OUTGOING] = [0, 4];
const [IP, IPV6, VLAN, SERVICE_VLAN, ARP] = [0x0800, 0x86dd, 0x8100, 0x88a8, 0x0806];

const PORT_80 = [{ first: 80, last: 80 }];

/** Returns what the program keeps of a packet. */
function kept(
  packet: Buffer,
  {
    ports = PORT_80,
    mode = 'heads',
    ...context
  }: Partial<PacketContext> & { ports?: readonly CapturedPorts[] | null; mode?: CaptureMode } = {},
): number {
  const program = assembleCaptureProgram(ports, mode);
  expect(isAcceptedClassicBpf(program)).toBe(true);
  const isV6 = ((packet[0] ?? 0) & 0xf0) === 0x60;
  return runClassicBpf(program, packet, {
    protocol: isV6 ? IPV6 : IP,
    packetType: HOST,
    hardwareType: ETHERNET,
    ...context,
  });
}

/** Returns a payload that is not kept whole only because it is short. */
const long = (payload: string): string => payload.padEnd(BODY_SNAP_BYTES, 'x');

/** Wraps a segment in each kind of IP header that TCP is seen in. */
const WRAPPERS = [
  ['IPv4', (bytes: Buffer) => ipv4(bytes)],
  ['IPv4 with options', (bytes: Buffer) => ipv4(bytes, { options: 40 })],
  ['IPv4 of BIG TCP', (bytes: Buffer) => ipv4(bytes, { length: 0 })],
  ['IPv6', (bytes: Buffer) => ipv6(bytes)],
] as const;

describe.each(WRAPPERS)('capture program, %s', (_, wrap) => {
  it.each([
    'GET / HTTP/1.1\r\n',
    'POST /',
    'PUT /x',
    'HEAD /',
    'DELETE /',
    'OPTIONS *',
    'PATCH /',
    'CONNECT a:1',
    'TRACE /',
  ])('keeps the head of a request that begins with %j', (payload) =>
    expect(kept(wrap(segment({ payload: long(payload) })))).toBe(HEAD_SNAP_BYTES));

  it.each([
    'HTTP/1.1 200 OK\r\n',
    'PRI * HTTP/2.0\r\n',
    '\x16\x03\x01\x02\x00',
    '\x16\x03\x03\x02\x00',
  ])('keeps the head of %j from the server', (payload) =>
    expect(kept(wrap(segment({ from: 80, to: 40_000, payload: long(payload) })))).toBe(HEAD_SNAP_BYTES));

  it.each(['<html>', 'get / ', 'GETS', '\x16\x02\x00\x00\x00', '\0\0\0\0'])('cuts %j', (payload) =>
    expect(kept(wrap(segment({ payload: long(payload) })))).toBe(BODY_SNAP_BYTES));

  it('looks at the payload of no packet that is kept whole anyway', () => {
    const header = wrap(segment()).length;
    const room = BODY_SNAP_BYTES - header;
    for (const payload of ['G', 'GET ', 'GET '.padEnd(room)])
      expect(kept(wrap(segment({ payload })))).toBe(BODY_SNAP_BYTES);
    expect(kept(wrap(segment({ payload: 'GET '.padEnd(room + 1) })))).toBe(HEAD_SNAP_BYTES);
  });

  it.each([0, 4, 12, 40])('finds the payload behind %i bytes of TCP options', (options) => {
    expect(kept(wrap(segment({ options, payload: long('GET ') })))).toBe(HEAD_SNAP_BYTES);
    expect(kept(wrap(segment({ options })))).toBe(DROPPED);
    expect(kept(wrap(segment({ options, payload: long('x') })))).toBe(BODY_SNAP_BYTES);
    expect(kept(wrap(segment({ options, payload: 'x' })))).toBe(BODY_SNAP_BYTES);
  });

  it('drops segments without payload, but not SYN, FIN and RST', () => {
    for (const flags of [ACK, ACK | PSH, 0]) expect(kept(wrap(segment({ flags })))).toBe(DROPPED);
    for (const flags of [SYN, SYN | ACK, FIN | ACK, RST, RST | ACK])
      expect(kept(wrap(segment({ flags })))).toBe(BODY_SNAP_BYTES);
    expect(kept(wrap(segment({ flags: FIN | ACK, payload: long('HTTP/1.1') })))).toBe(HEAD_SNAP_BYTES);
  });

  it('takes all of every segment with payload if it is to', () => {
    const mode = 'whole';
    for (const payload of ['GET /', 'x', 'x'.repeat(5000)])
      expect(kept(wrap(segment({ payload })), { mode })).toBe(ALL);
    expect(kept(wrap(segment()), { mode })).toBe(DROPPED);
    expect(kept(wrap(segment({ flags: FIN })), { mode })).toBe(BODY_SNAP_BYTES);
  });

  it('drops other ports, whichever end has them', () => {
    const payload = long('GET /');
    for (const port of [0, 79, 81, 8080, 65_535]) {
      expect(kept(wrap(segment({ from: 40_000, to: port, payload })))).toBe(DROPPED);
      expect(kept(wrap(segment({ from: port, to: 40_000, payload })))).toBe(DROPPED);
      expect(kept(wrap(segment({ to: port, payload })), { ports: null })).toBe(HEAD_SNAP_BYTES);
    }
  });

  it('takes the ports at both ends of ranges, of 64 items too', () => {
    const ports = Array.from({ length: 64 }, (_, i) => ({
      first: 1000 * i + 10,
      last: 1000 * i + (i % 2 === 0 ? 20 : 10),
    }));
    const matches = (port: number): boolean => ports.some(({ first, last }) => first <= port && port <= last);
    const program = assembleCaptureProgram(ports, 'heads');
    expect(isAcceptedClassicBpf(program)).toBe(true);
    for (let port = 0; port < 65_536; port += port % 1000 < 30 ? 1 : 97) {
      for (const ends of [
        { from: port, to: 5 },
        { from: 5, to: port },
      ]) {
        const packet = wrap(segment({ ...ends, payload: long('GET /') }));
        const protocol = ((packet[0] ?? 0) & 0xf0) === 0x60 ? IPV6 : IP;
        const context = { protocol, packetType: HOST, hardwareType: ETHERNET };
        expect(runClassicBpf(program, packet, context)).toBe(matches(port) ? HEAD_SNAP_BYTES : DROPPED);
      }
    }
  });

  it('takes loopback once, and other devices in both directions', () => {
    const packet = wrap(segment({ payload: long('GET /') }));
    expect(kept(packet, { hardwareType: LOOPBACK, packetType: OUTGOING })).toBe(DROPPED);
    expect(kept(packet, { hardwareType: LOOPBACK, packetType: HOST })).toBe(HEAD_SNAP_BYTES);
    expect(kept(packet, { hardwareType: ETHERNET, packetType: OUTGOING })).toBe(HEAD_SNAP_BYTES);
  });

  it('finds IP behind the protocol of a VLAN tag', () => {
    const packet = wrap(segment({ payload: long('GET /') }));
    expect(kept(packet, { protocol: VLAN })).toBe(HEAD_SNAP_BYTES);
    expect(kept(packet, { protocol: SERVICE_VLAN })).toBe(HEAD_SNAP_BYTES);
    expect(kept(packet, { protocol: ARP })).toBe(DROPPED);
  });

  it('drops a packet that is cut at any place up to the flags', () => {
    const whole = wrap(segment({ payload: 'GET / HTTP/1.1\r\n' }));
    const flags = whole.length - 16 - 20 + 13;
    for (let length = 0; length <= flags; length++) expect(kept(whole.subarray(0, length))).toBe(DROPPED);
  });
});

describe('capture program', () => {
  it('drops fragments, and takes packets that must not be fragmented', () => {
    const bytes = segment({ payload: long('GET /') });
    for (const fragment of [0x2000, 0x0001, 0x2001, 0x1fff]) expect(kept(ipv4(bytes, { fragment }))).toBe(DROPPED);
    expect(kept(ipv4(bytes, { fragment: 0x4000 }))).toBe(HEAD_SNAP_BYTES);
    expect(kept(ipv6(bytes, 44))).toBe(DROPPED);
  });

  it('drops other protocols', () => {
    for (const protocol of [1, 17, 132]) {
      expect(kept(ipv4(segment({ payload: 'GET /' }), { protocol }))).toBe(DROPPED);
      expect(kept(ipv6(segment({ payload: 'GET /' }), protocol))).toBe(DROPPED);
    }
    expect(kept(ipv6(segment({ payload: 'GET /' }), 58))).toBe(DROPPED);
    expect(kept(Buffer.alloc(46), { protocol: ARP })).toBe(DROPPED);
    expect(kept(Buffer.alloc(46), { protocol: VLAN })).toBe(DROPPED);
  });

  it('lets IPv6 packets with extension headers through, unless UDP or ICMPv6 follows', () => {
    for (const next of [0, 43, 51, 60, 135]) {
      for (const other of [17, 58]) expect(kept(ipv6(Buffer.alloc(8, other), next))).toBe(DROPPED);
      expect(kept(ipv6(Buffer.alloc(8, 6), next))).toBe(HEAD_SNAP_BYTES);
      expect(kept(ipv6(Buffer.alloc(8), next))).toBe(HEAD_SNAP_BYTES);
      expect(kept(ipv6(Buffer.alloc(8), next), { mode: 'whole' })).toBe(ALL);
    }
  });

  it('does not take the padding of Ethernet for payload', () => {
    expect(kept(ipv4(segment(), { padding: 6 }))).toBe(DROPPED);
    expect(kept(ipv4(segment({ payload: 'x' }), { padding: 5 }))).toBe(BODY_SNAP_BYTES);
  });

  it('refuses no port, more than 64 items, and invalid ports', () => {
    const assemble = (ports: readonly CapturedPorts[]) => () => assembleCaptureProgram(ports, 'heads');
    expect(assemble([])).toThrow('0 ports: expected 1 to 64 ports or ranges');
    expect(assemble(Array.from({ length: 65 }, (_, i) => ({ first: i, last: i })))).toThrow('65 ports');
    for (const [first, last] of [
      [2, 1],
      [-1, 5],
      [1, 65_536],
      [1.5, 2],
    ] as const)
      expect(assemble([{ first, last }])).toThrow('expected two ports, the lower one first');
  });
});
