/**
 * Blocks of a packet ring, TPACKET_V3: struct tpacket_block_desc and struct tpacket3_hdr, include/uapi/linux/if_packet.h,
 * as the kernel of a little-endian machine writes them.
 */
import type { PacketCursor } from './cursor.js';

/** Offsets in struct tpacket_block_desc, whose `hdr.bh1` begins at 8. */
const NUM_PKTS = 12;
const OFFSET_TO_FIRST_PKT = 16;
const BLOCK_HEADER_BYTES = 48;
/** Offsets in struct tpacket3_hdr, and of the struct sockaddr_ll behind it (TPACKET_ALIGN of 48 bytes). */
const TP_SEC = 4;
const TP_NSEC = 8;
const TP_SNAPLEN = 12;
const TP_LEN = 16;
const TP_STATUS = 20;
const TP_NET = 26;
const SLL_PROTOCOL = 50;
const SLL_IFINDEX = 52;
const SLL_HATYPE = 56;
const SLL_PKTTYPE = 58;
const PACKET_HEADER_BYTES = 68;

/**
 * Walks the packets of one block, copied out of the ring, and calls `visit` after the cursor was filled with each.
 * Returns how many packets the block claims to have and does not: 0, unless its bytes are cut or damaged.
 */
export function walkBlock(block: Uint8Array, cursor: PacketCursor, visit: (cursor: PacketCursor) => void): number {
  if (block.length < BLOCK_HEADER_BYTES) return 0;
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const packets = view.getUint32(NUM_PKTS, true);
  let at = view.getUint32(OFFSET_TO_FIRST_PKT, true);
  cursor.bytes = block;
  for (let i = 0; i < packets; i++) {
    if (at + PACKET_HEADER_BYTES > block.length) return packets - i;
    const offset = at + view.getUint16(at + TP_NET, true);
    const snaplen = view.getUint32(at + TP_SNAPLEN, true);
    if (offset + snaplen > block.length) return packets - i;
    cursor.offset = offset;
    cursor.snaplen = snaplen;
    cursor.len = view.getUint32(at + TP_LEN, true);
    cursor.seconds = view.getUint32(at + TP_SEC, true);
    cursor.nanoseconds = view.getUint32(at + TP_NSEC, true);
    cursor.status = view.getUint32(at + TP_STATUS, true);
    cursor.protocol = view.getUint16(at + SLL_PROTOCOL, false);
    cursor.ifindex = view.getInt32(at + SLL_IFINDEX, true);
    cursor.hatype = view.getUint16(at + SLL_HATYPE, true);
    cursor.pkttype = view.getUint8(at + SLL_PKTTYPE);
    visit(cursor);
    const next = view.getUint32(at, true);
    // The last packet's tp_next_offset leads to the end of the block; 0 would never end.
    if (next === 0 && i + 1 < packets) return packets - i - 1;
    at += next;
  }
  return 0;
}
