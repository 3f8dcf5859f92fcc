import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CaptureError, CaptureReader, type PacketCursor, TcpSegment } from '../../../http/packet/index.js';
import { Conversation, type Segment, toPacket } from '../wire.js';
import {
  enhancedPacket,
  type FilePacket,
  interfaceDescription,
  pcap,
  sectionHeader,
  simplePacket,
  unknownBlock,
} from './captures.js';

const [segment] = new Conversation(1, 2).client('GET / HTTP/1.0\r\n\r\n').segments as [Segment];
const IP = toPacket(segment);
const PACKETS: FilePacket[] = Array.from({ length: 5 }, (_, i) => ({
  seconds: 1_795_000_000 + i,
  nanoseconds: 123_456_000 + i * 1000,
  bytes: IP,
}));

type Seen = Omit<PacketCursor, 'bytes' | 'offset'> & { payload: string };

function readAll(file: Uint8Array, size = file.length) {
  const seen: Seen[] = [];
  const tcp = new TcpSegment();
  const reader = new CaptureReader(({ bytes, offset, ...rest }) => {
    const reason = tcp.read({ bytes, offset, ...rest });
    const payload = reason ?? Buffer.from(bytes.subarray(tcp.offset, tcp.offset + tcp.captured)).toString();
    seen.push({ ...rest, payload });
  });
  for (let at = 0; at < file.length; at += size) reader.push(Uint8Array.from(file.subarray(at, at + size)));
  return { seen, end: reader.end(), reader };
}

const HTTP = 'GET / HTTP/1.0\r\n\r\n';

describe('CaptureReader of pcap', () => {
  it.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('reads files (big-endian %s, nanoseconds %s) in pieces of any size', (bigEndian, nanoseconds) => {
    const file = pcap(PACKETS, { bigEndian, nanoseconds });
    for (const size of [1, 2, 3, 7, 24, 25, 100, file.length]) {
      const { seen, end } = readAll(file, size);
      expect(end).toEqual({ kind: 'whole', at: file.length });
      expect(seen.map(({ seconds, nanoseconds: ns, payload }) => ({ seconds, ns, payload }))).toEqual(
        PACKETS.map(({ seconds, nanoseconds: ns }) => ({ seconds, ns, payload: HTTP })),
      );
    }
  });

  it('says how much of a packet was cut', () => {
    const { seen } = readAll(pcap([{ ...(PACKETS[0] as FilePacket), captured: 44 }]));
    expect(seen[0]).toMatchObject({ snaplen: 44, len: IP.length, payload: 'GET ' });
  });

  it('reads what is whole of a file cut anywhere', () => {
    const file = pcap(PACKETS);
    const record = 16 + IP.length;
    for (let length = 0; length < file.length; length++) {
      const { seen, end } = readAll(file.subarray(0, length));
      const whole = Math.max(0, Math.floor((length - 24) / record));
      expect(seen).toHaveLength(whole);
      const isWhole = length >= 24 && (length - 24) % record === 0;
      expect(end.kind).toBe(isWhole ? 'whole' : 'truncated');
    }
  });

  it('stops at a record that cannot be', () => {
    const file = pcap(PACKETS);
    file.writeUInt32LE(0xffffffff, 24 + 16 + IP.length + 8);
    const { seen, end } = readAll(file, 10);
    expect(seen).toHaveLength(1);
    expect(end).toEqual({ kind: 'damaged', at: 24 + 16 + IP.length });
  });

  it.each([
    ['ERR_CAPTURE_LINK_TYPE', pcap(PACKETS, { linkType: 105 }), 'read capture: link type 105 is not known at byte 20'],
    ['ERR_CAPTURE_FORMAT', Buffer.from('GIF89a'), 'read capture: neither pcap nor pcapng at byte 0'],
    ['ERR_CAPTURE_VERSION', pcap([]).fill(9, 4, 5), 'read capture: version 9 of pcap is not 2 at byte 4'],
  ])('throws %s', (code, file, message) => {
    const thrown = expect(() => readAll(file));
    thrown.toThrow(CaptureError);
    thrown.toThrow(expect.objectContaining({ code, message }));
  });

  const ether = (type: number[]) => Buffer.concat([Buffer.alloc(12, 2), Uint8Array.from(type), IP]);
  const sll = Buffer.concat([Uint8Array.of(0, 4, 0x03, 0x04, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0), IP]);
  const sll2 = Buffer.concat([Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 7, 0, 1, 4, 6, ...new Array(8).fill(0)), IP]);

  it.each([
    ['RAW', 12, IP, {}],
    ['RAW', 14, IP, {}],
    ['RAW', 101, IP, {}],
    ['IPV4', 228, IP, {}],
    ['NULL', 0, Buffer.concat([Uint8Array.of(2, 0, 0, 0), IP]), {}],
    ['LOOP', 108, Buffer.concat([Uint8Array.of(0, 0, 0, 2), IP]), {}],
    ['EN10MB', 1, ether([8, 0]), { protocol: 0x0800, hatype: 1, pkttype: -1 }],
    ['a VLAN', 1, ether([0x81, 0, 0, 5, 8, 0]), { protocol: 0x0800 }],
    ['two VLANs', 1, ether([0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 8, 0]), { protocol: 0x0800 }],
    ['LINUX_SLL', 113, sll, { pkttype: 4, hatype: 772, protocol: 0x0800 }],
    ['LINUX_SLL2', 276, sll2, { pkttype: 4, hatype: 1, ifindex: 7, protocol: 0x0800 }],
  ])('reads %s (%i)', (_, linkType, bytes, cursor) => {
    const { seen } = readAll(pcap([{ seconds: 1, nanoseconds: 0, bytes }], { linkType }));
    expect(seen).toEqual([expect.objectContaining({ ...cursor, payload: HTTP, snaplen: IP.length, len: IP.length })]);
  });

  it('leaves nothing of a packet that is shorter than its link header', () => {
    for (const linkType of [0, 1, 113, 276]) {
      const { seen } = readAll(pcap([{ seconds: 1, nanoseconds: 0, bytes: Uint8Array.of(8) }], { linkType }));
      expect(seen).toEqual([expect.objectContaining({ payload: 'short', snaplen: 0, len: 0 })]);
    }
  });

  it('says that ARP is no IP', () => {
    const { seen } = readAll(pcap([{ seconds: 1, nanoseconds: 0, bytes: ether([8, 6]) }], { linkType: 1 }));
    expect(seen[0]?.payload).toBe('protocol');
  });
});

describe('CaptureReader of pcapng', () => {
  const units = 1_795_000_000_123_456n;
  const section = (bigEndian: boolean, name: string) =>
    Buffer.concat([
      sectionHeader(bigEndian),
      interfaceDescription(bigEndian, { name: 'other' }),
      interfaceDescription(bigEndian, { name, resolution: 9 }),
      unknownBlock(bigEndian, 400),
      enhancedPacket(bigEndian, { units, bytes: IP }),
      enhancedPacket(bigEndian, { index: 1, units: 1_795_000_000_123_456_789n, bytes: IP, flags: 2 }),
      simplePacket(bigEndian, IP),
    ]);

  it('reads sections of both byte orders, in pieces of any size', () => {
    const file = Buffer.concat([section(false, 'eth0'), section(true, 'eth1')]);
    for (const size of [1, 5, 64, 1000, file.length]) {
      const { seen, end, reader } = readAll(file, size);
      expect(end).toEqual({ kind: 'whole', at: file.length });
      const one = (first: number) => [
        { ifindex: first, seconds: 1_795_000_000, nanoseconds: 123_456_000, pkttype: -1, payload: HTTP },
        { ifindex: first + 1, seconds: 1_795_000_000, nanoseconds: 123_456_789, pkttype: 4, payload: HTTP },
        { ifindex: first, seconds: 1_795_000_000, nanoseconds: 123_456_789, pkttype: -1, payload: HTTP },
      ];
      expect(seen).toEqual([...one(0), ...one(2)].map((each) => expect.objectContaining(each)));
      expect([0, 1, 2, 3, 4].map((index) => reader.interfaceName(index))).toEqual([
        'other',
        'eth0',
        'other',
        'eth1',
        undefined,
      ]);
    }
  });

  it('reads times in powers of two', () => {
    const file = Buffer.concat([
      sectionHeader(false),
      interfaceDescription(false, { resolution: 0x80 | 10 }),
      enhancedPacket(false, { units: 5n * 1024n + 512n, bytes: IP }),
    ]);
    expect(readAll(file).seen[0]).toMatchObject({ seconds: 5, nanoseconds: 500_000_000 });
  });

  it('takes an interface of an unknown link type, but none of its packets', () => {
    const start = Buffer.concat([sectionHeader(false), interfaceDescription(false, { linkType: 220 })]);
    expect(readAll(start).end.kind).toBe('whole');
    const file = Buffer.concat([start, enhancedPacket(false, { units, bytes: IP })]);
    expect(() => readAll(file)).toThrow(expect.objectContaining({ code: 'ERR_CAPTURE_LINK_TYPE', linkType: 220 }));
  });

  it('reads what is whole of a file cut anywhere', () => {
    const file = section(false, 'eth0');
    let before = 0;
    for (let length = 0; length < file.length; length++) {
      const { seen, end } = readAll(file.subarray(0, length), 11);
      expect(seen.length).toBeGreaterThanOrEqual(before);
      if (length % 4 !== 0) expect(end.kind).toBe('truncated');
      before = seen.length;
    }
    expect(before).toBe(2);
  });
});

describe('CaptureReader', () => {
  it('reads an async iterable', async () => {
    const file = pcap(PACKETS);
    let packets = 0;
    const reader = new CaptureReader(() => packets++);
    async function* chunks() {
      for (let at = 0; at < file.length; at += 50) yield file.subarray(at, at + 50);
    }
    expect(await reader.read(chunks())).toEqual({ kind: 'whole', at: file.length });
    expect(packets).toBe(PACKETS.length);
  });

  it('takes any bytes behind a valid beginning', () => {
    const files = [
      pcap(PACKETS),
      Buffer.concat([
        sectionHeader(false),
        interfaceDescription(false, {}),
        enhancedPacket(false, { units: 5n, bytes: IP }),
      ]),
    ];
    const change = fc.record({ at: fc.nat(), value: fc.nat(255) });
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.array(change, { maxLength: 20 }),
        fc.uint8Array({ maxLength: 200 }),
        fc.integer({ min: 1, max: 300 }),
        (file, changes, tail, size) => {
          const damaged = Buffer.concat([file, tail]);
          for (const { at, value } of changes) damaged[at % damaged.length] = value;
          try {
            readAll(damaged, size);
          } catch (error) {
            expect(error).toBeInstanceOf(CaptureError);
          }
        },
      ),
      { numRuns: 1500 },
    );
  });
});
