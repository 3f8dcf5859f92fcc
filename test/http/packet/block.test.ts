import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpTap } from '../../../http/index.js';
import { createCursor, type PacketCursor, walkBlock } from '../../../http/packet/index.js';
import { Conversation, EPOCH, toPacket } from '../wire.js';

/** Lays packets out as the kernel does in a block: struct tpacket_block_desc, then struct tpacket3_hdr and address. */
function ringBlock(packets: readonly { bytes: Uint8Array; snaplen?: number; timeMs?: number }[]): Buffer {
  const parts: Buffer[] = [];
  for (const [i, { bytes, snaplen = bytes.length, timeMs = 0 }] of packets.entries()) {
    const header = Buffer.alloc(80);
    const size = (80 + snaplen + 15) & ~15;
    header.writeUInt32LE(i + 1 === packets.length ? 0 : size, 0);
    header.writeUInt32LE(EPOCH + Math.floor(timeMs / 1000), 4);
    header.writeUInt32LE((timeMs % 1000) * 1e6, 8);
    header.writeUInt32LE(snaplen, 12);
    header.writeUInt32LE(bytes.length, 16);
    header.writeUInt32LE(1, 20);
    header.writeUInt16LE(80, 24);
    header.writeUInt16LE(80, 26);
    header.writeUInt16LE(17, 48);
    header.writeUInt16BE(0x0800, 50);
    header.writeInt32LE(3, 52);
    header.writeUInt16LE(1, 56);
    header[58] = 4;
    parts.push(Buffer.concat([header, bytes.subarray(0, snaplen), Buffer.alloc(size - 80 - snaplen)]));
  }
  const block = Buffer.alloc(48);
  block.writeUInt32LE(1, 0);
  block.writeUInt32LE(1, 8);
  block.writeUInt32LE(packets.length, 12);
  block.writeUInt32LE(48, 16);
  return Buffer.concat([block, ...parts]);
}

const { segments } = new Conversation()
  .open()
  .client('GET / HTTP/1.0\r\n\r\n')
  .server('HTTP/1.0 204 No\r\n\r\n')
  .close();
const PACKETS = segments.map((segment) => ({ bytes: toPacket(segment), timeMs: segment.timeMs }));

describe('walkBlock', () => {
  it('fills the cursor with each packet', () => {
    const seen: Partial<PacketCursor>[] = [];
    const block = ringBlock([{ bytes: Buffer.from('hello'), snaplen: 2, timeMs: 1500 }, { bytes: Buffer.from('you') }]);
    const missing = walkBlock(block, createCursor(), ({ bytes, offset, snaplen, ...rest }) => {
      seen.push({ ...rest, bytes: Uint8Array.from(bytes.subarray(offset, offset + snaplen)), snaplen });
    });
    expect(missing).toBe(0);
    const common = { ifindex: 3, pkttype: 4, hatype: 1, protocol: 0x0800, status: 1 };
    expect(seen).toEqual([
      {
        ...common,
        bytes: Uint8Array.from(Buffer.from('he')),
        snaplen: 2,
        len: 5,
        seconds: EPOCH + 1,
        nanoseconds: 5e8,
      },
      { ...common, bytes: Uint8Array.from(Buffer.from('you')), snaplen: 3, len: 3, seconds: EPOCH, nanoseconds: 0 },
    ]);
  });

  it('says how many packets a cut block has not', () => {
    const block = ringBlock(PACKETS);
    for (let length = 48; length < block.length; length++) {
      let seen = 0;
      expect(walkBlock(block.subarray(0, length), createCursor(), () => seen++)).toBe(PACKETS.length - seen);
    }
    let seen = 0;
    expect(walkBlock(block, createCursor(), () => seen++)).toBe(0);
    expect(seen).toBe(PACKETS.length);
  });

  it('ends on any bytes', () => {
    const change = fc.record({ at: fc.nat(), value: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        const block = ringBlock(PACKETS);
        for (const { at, value } of changes) block[at % block.length] = value;
        const tap = new HttpTap({ ports: null, onExchange: () => {} });
        tap.addBlock(block);
        tap.end();
        expect(tap.counts.flows).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('HttpTap.addBlock', () => {
  it('makes exchanges of blocks, and counts packets that a damaged one does not have', () => {
    const statuses: (number | null)[] = [];
    const tap = new HttpTap({ ports: null, onExchange: ({ status }) => statuses.push(status) });
    const block = ringBlock(PACKETS);
    tap.addBlock(block);
    expect(statuses).toEqual([204]);
    tap.addBlock(block.subarray(0, block.length - 50));
    expect(tap.counts.unparsed['block']).toBe(1);
    expect(tap.counts.packets.read).toBe(2 * PACKETS.length - 1);
  });
});
