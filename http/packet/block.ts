/**
 * Blocks of a packet ring, TPACKET_V3: struct tpacket_block_desc and struct tpacket3_hdr, include/uapi/linux/if_packet.h,
 * as the kernel of a little-endian machine writes them.
 */
import type { PacketCursor } from './cursor.js';

/** Words of four bytes of struct tpacket_block_desc, whose `hdr.bh1` begins at the third. */
const NUM_PKTS = 3;
const OFFSET_TO_FIRST_PKT = 4;
const BLOCK_HEADER_BYTES = 48;
/** Words of struct tpacket3_hdr, and of the struct sockaddr_ll behind it (TPACKET_ALIGN of 48 bytes). */
const TP_SEC = 1;
const TP_NSEC = 2;
const TP_SNAPLEN = 3;
const TP_LEN = 4;
const TP_STATUS = 5;
/** `tp_mac` and, in the upper half, `tp_net`. */
const TP_MAC_NET = 6;
/** `sll_family` and, in the upper half, `sll_protocol` in the network's order. */
const SLL_FAMILY_PROTOCOL = 12;
const SLL_IFINDEX = 13;
/** `sll_hatype`, `sll_pkttype` and `sll_halen`. */
const SLL_HATYPE_PKTTYPE = 14;
const PACKET_HEADER_BYTES = 68;

/**
 * Walks the packets of one block, copied out of the ring, and calls `visit` after the cursor was filled with each.
 * Returns how many packets the block claims to have and does not: 0, unless its bytes are cut or damaged.
 */
export function walkBlock(block: Uint8Array, cursor: PacketCursor, visit: (cursor: PacketCursor) => void): number {
  if (block.length < BLOCK_HEADER_BYTES) return 0;
  // The kernel aligns packets to 8 bytes (V3_ALIGNMENT), so words take the place of reading bytes.
  const bytes = (block.byteOffset & 3) === 0 ? block : block.slice();
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  const word = (at: number): number => words[at] ?? 0;
  const packets = word(NUM_PKTS) >>> 0;
  let at = word(OFFSET_TO_FIRST_PKT) >>> 0;
  cursor.bytes = bytes;
  for (let i = 0; i < packets; i++) {
    if ((at & 3) !== 0 || at + PACKET_HEADER_BYTES > bytes.length) return packets - i;
    const first = at >> 2;
    const offset = at + (word(first + TP_MAC_NET) >>> 16);
    const snaplen = word(first + TP_SNAPLEN) >>> 0;
    if (offset + snaplen > bytes.length) return packets - i;
    const protocol = word(first + SLL_FAMILY_PROTOCOL) >>> 16;
    const types = word(first + SLL_HATYPE_PKTTYPE);
    cursor.offset = offset;
    cursor.snaplen = snaplen;
    cursor.len = word(first + TP_LEN) >>> 0;
    cursor.seconds = word(first + TP_SEC) >>> 0;
    cursor.nanoseconds = word(first + TP_NSEC) >>> 0;
    cursor.status = word(first + TP_STATUS) >>> 0;
    cursor.protocol = ((protocol & 0xff) << 8) | (protocol >>> 8);
    cursor.ifindex = word(first + SLL_IFINDEX);
    cursor.hatype = types & 0xffff;
    cursor.pkttype = (types >>> 16) & 0xff;
    visit(cursor);
    const next = word(first) >>> 0;
    // The last packet's tp_next_offset leads to the end of the block; 0 would never end.
    if (next === 0 && i + 1 < packets) return packets - i - 1;
    at += next;
  }
  return 0;
}
