import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCursor, ETH_P_IP, type PacketCursor, TcpSegment } from '../../../http/packet/index.js';
import { Conversation, ENDS, type Segment, toCursor, toPacket } from '../wire.js';

const [segment] = new Conversation(-7, 5000).client('hello').segments as [Segment];
const V6 = {
  ...ENDS,
  client: Array.from({ length: 16 }, (_, i) => i),
  server: Array.from({ length: 16 }, (_, i) => 16 + i),
};

function read(packet: Uint8Array, cut: Partial<PacketCursor> = {}) {
  const tcp = new TcpSegment();
  const cursor = { ...toCursor(packet, 0), ...cut };
  return { reason: tcp.read(cursor), tcp, payload: packet.subarray(tcp.offset, tcp.offset + tcp.captured) };
}

/** Puts extension headers between an IPv6 header and TCP. */
function withExtensions(first: number, extensions: Uint8Array): Uint8Array {
  const plain = toPacket(segment, V6);
  const packet = Buffer.concat([plain.subarray(0, 40), extensions, plain.subarray(40)]);
  packet[6] = first;
  packet.writeUInt16BE(packet.length - 40, 4);
  return packet;
}

describe('TcpSegment', () => {
  it('reads IPv4', () => {
    const { reason, tcp, payload } = read(toPacket(segment));
    expect(reason).toBeNull();
    expect(tcp).toMatchObject({
      source2: 0xffff,
      source3: 0x0a4d0001,
      destination3: 0x0a4d0002,
      sourcePort: 56_578,
      destinationPort: 80,
      sequence: -7,
      acknowledgment: 5000,
      flags: 0x18,
      length: 5,
      captured: 5,
    });
    expect(Buffer.from(payload).toString()).toBe('hello');
  });

  it('reads IPv4 with options', () => {
    const plain = toPacket(segment);
    const packet = Buffer.concat([plain.subarray(0, 20), Buffer.alloc(8, 1), plain.subarray(20)]);
    packet[0] = 0x47;
    packet.writeUInt16BE(packet.length, 2);
    expect(read(packet).tcp).toMatchObject({ length: 5, sourcePort: 56_578 });
  });

  it('reads IPv6', () => {
    const { reason, tcp } = read(toPacket(segment, V6));
    expect(reason).toBeNull();
    expect(tcp).toMatchObject({ source0: 0x00010203, destination3: 0x1c1d1e1f, length: 5, captured: 5 });
  });

  it('reads IPv6 behind extension headers of each kind', () => {
    const hopByHop = Uint8Array.of(60, 0, 1, 4, 0, 0, 0, 0);
    const destination = Uint8Array.of(43, 1, ...new Array(14).fill(0));
    const routing = Uint8Array.of(51, 0, 0, 0, 0, 0, 0, 0);
    const authentication = Uint8Array.of(44, 1, ...new Array(10).fill(0));
    const atomicFragment = Uint8Array.of(6, 0, 0, 0, 1, 2, 3, 4);
    const chain = Buffer.concat([hopByHop, destination, routing, authentication, atomicFragment]);
    const { reason, tcp, payload } = read(withExtensions(0, chain));
    expect(reason).toBeNull();
    expect(tcp.length).toBe(5);
    expect(Buffer.from(payload).toString()).toBe('hello');
  });

  it('takes the length from the packet where BIG TCP leaves it 0', () => {
    const big: Segment = { ...segment, payload: new Uint8Array(100_000) };
    const v4 = Buffer.from(toPacket({ ...segment, payload: new Uint8Array(2000) }));
    v4.writeUInt16BE(0, 2);
    expect(read(v4, { snaplen: 1000, len: 190_040 }).tcp).toMatchObject({ length: 190_000, captured: 960 });
    const v6 = Buffer.from(toPacket({ ...big, payload: new Uint8Array(2000) }, V6));
    v6.writeUInt16BE(0, 4);
    expect(read(v6, { snaplen: 1000, len: 190_060 }).tcp).toMatchObject({ length: 190_000, captured: 940 });
  });

  it('leaves out the padding of Ethernet', () => {
    const padded = Buffer.concat([toPacket({ ...segment, payload: new Uint8Array(0) }), new Uint8Array(6)]);
    expect(read(padded).tcp).toMatchObject({ length: 0, captured: 0 });
  });

  it('says how much was cut', () => {
    expect(read(toPacket(segment), { snaplen: 42 }).tcp).toMatchObject({ length: 5, captured: 2 });
    expect(read(toPacket(segment), { snaplen: 40 }).tcp).toMatchObject({ length: 5, captured: 0 });
  });

  it.each<[string, (packet: Buffer) => Buffer, Partial<PacketCursor>?]>([
    ['short', (packet: Buffer) => packet.subarray(0, 0)],
    ['short', (packet: Buffer) => packet.subarray(0, 19)],
    ['short', (packet: Buffer) => packet.subarray(0, 39), { len: 45 }],
    ['version', (packet: Buffer) => packet.fill(0x55, 0, 1)],
    ['options', (packet: Buffer) => packet.fill(0x44, 0, 1)],
    ['options', (packet: Buffer) => packet.fill(0x40, 32, 33)],
    ['length', (packet: Buffer) => packet.fill(0xf0, 32, 33)],
    ['length', (packet: Buffer) => packet.fill(0x7f, 2, 3)],
    ['protocol', (packet: Buffer) => packet.fill(17, 9, 10)],
    ['fragment', (packet: Buffer) => packet.fill(0x20, 6, 7)],
    ['fragment', (packet: Buffer) => packet.fill(0x01, 7, 8)],
    ['protocol', (packet: Buffer) => packet, { protocol: 0x0806 }],
  ])('says %s of a damaged packet', (reason, damage, cut = {}) => {
    expect(read(damage(Buffer.from(toPacket(segment))), cut).reason).toBe(reason);
  });

  it.each([
    ['fragment', 44, Uint8Array.of(6, 0, 0, 1, 1, 2, 3, 4)],
    ['protocol', 17, new Uint8Array(0)],
    ['protocol', 0, Uint8Array.of(59, 0, 0, 0, 0, 0, 0, 0)],
    ['options', 60, Buffer.concat(Array.from({ length: 12 }, () => Uint8Array.of(60, 0, 0, 0, 0, 0, 0, 0)))],
    ['short', 60, Uint8Array.of(60, 255)],
  ] as const)('says %s of IPv6 with next header %i', (reason, first, extensions) => {
    expect(read(withExtensions(first, extensions)).reason).toBe(reason);
  });

  it('takes any bytes', () => {
    const tcp = new TcpSegment();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.nat(130), fc.nat(200), (bytes, snaplen, len) => {
        const cursor = { ...createCursor(), bytes, snaplen, len, protocol: ETH_P_IP };
        const reason = tcp.read(cursor);
        if (reason !== null) return;
        expect(tcp.captured).toBeLessThanOrEqual(tcp.length);
        expect(tcp.offset + tcp.captured).toBeLessThanOrEqual(Math.max(bytes.length, tcp.offset));
      }),
      { numRuns: 2000 },
    );
  });
});
