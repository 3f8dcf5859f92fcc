/** Link-layer headers of capture files: https://www.tcpdump.org/linktypes.html. */
import { ETH_P_8021AD, ETH_P_8021Q, type PacketCursor } from './cursor.js';

const LINKTYPE_NULL = 0;
const LINKTYPE_ETHERNET = 1;
/** Raw IP has three numbers: that of the file format, and DLT_RAW of BSDs. */
const LINKTYPES_RAW = [12, 14, 101];
const LINKTYPE_LOOP = 108;
const LINKTYPE_LINUX_SLL = 113;
const LINKTYPE_IPV4 = 228;
const LINKTYPE_IPV6 = 229;
const LINKTYPE_LINUX_SLL2 = 276;

/** QinQ before 802.1ad had a number of its own. */
const ETH_P_QINQ1 = 0x9100;
const ARPHRD_ETHER = 1;

const KNOWN = new Set([
  LINKTYPE_NULL,
  LINKTYPE_ETHERNET,
  ...LINKTYPES_RAW,
  LINKTYPE_LOOP,
  LINKTYPE_LINUX_SLL,
  LINKTYPE_IPV4,
  LINKTYPE_IPV6,
  LINKTYPE_LINUX_SLL2,
]);

/** Returns whether packets of a link type can be read. */
export function isKnownLinkType(linkType: number): boolean {
  return KNOWN.has(linkType);
}

/**
 * Moves a cursor, which is at a link-layer header of a known type, to the IP header behind it, and takes what the
 * former tells. Of a packet that is too short for it nothing is left.
 */
export function skipLinkHeader(cursor: PacketCursor, linkType: number): void {
  cursor.pkttype = -1;
  cursor.hatype = -1;
  cursor.protocol = 0;
  switch (linkType) {
    case LINKTYPE_NULL:
    case LINKTYPE_LOOP:
      // An address family, whose number depends on the system; the packet's version says it too.
      advance(cursor, 4);
      break;
    case LINKTYPE_ETHERNET:
      cursor.hatype = ARPHRD_ETHER;
      cursor.protocol = word16(cursor, 12);
      advance(cursor, 14);
      skipVlanTags(cursor);
      break;
    case LINKTYPE_LINUX_SLL:
      cursor.pkttype = word16(cursor, 0);
      cursor.hatype = word16(cursor, 2);
      cursor.protocol = word16(cursor, 14);
      advance(cursor, 16);
      skipVlanTags(cursor);
      break;
    case LINKTYPE_LINUX_SLL2:
      cursor.protocol = word16(cursor, 0);
      cursor.ifindex = (word16(cursor, 4) << 16) | word16(cursor, 6);
      cursor.hatype = word16(cursor, 8);
      cursor.pkttype = word16(cursor, 10) >> 8;
      advance(cursor, 20);
      skipVlanTags(cursor);
      break;
    default:
      break;
  }
}

function skipVlanTags(cursor: PacketCursor): void {
  while (
    cursor.snaplen >= 4 &&
    (cursor.protocol === ETH_P_8021Q || cursor.protocol === ETH_P_8021AD || cursor.protocol === ETH_P_QINQ1)
  ) {
    cursor.protocol = word16(cursor, 2);
    advance(cursor, 4);
  }
}

function advance(cursor: PacketCursor, bytes: number): void {
  cursor.offset += Math.min(bytes, cursor.snaplen);
  cursor.snaplen = Math.max(0, cursor.snaplen - bytes);
  cursor.len = Math.max(0, cursor.len - bytes);
}

/** Returns two bytes in the network's order; missing ones are 0. */
function word16({ bytes, offset, snaplen }: PacketCursor, at: number): number {
  return at + 2 > snaplen ? 0 : ((bytes[offset + at] ?? 0) << 8) | (bytes[offset + at + 1] ?? 0);
}
