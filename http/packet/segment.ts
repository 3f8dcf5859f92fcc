/** IPv4 (RFC 791), IPv6 with extension headers (RFC 8200) and TCP (RFC 9293), from any bytes. */
import { ETH_P_IP, ETH_P_IPV6, type PacketCursor } from './cursor.js';

/**
 * Why a packet is no TCP segment: `short`: its headers are not whole; `version`: neither IPv4 nor IPv6; `options`: a
 * header length that cannot be, or more extension headers than anyone sends; `length`: shorter than it says;
 * `fragment`: a part of a packet; `protocol`: neither IP nor TCP.
 */
export type PacketReason = 'short' | 'version' | 'options' | 'length' | 'fragment' | 'protocol';

/** TCP flags, include/net/tcp.h. */
export const TCPHDR_FIN = 0x01;
export const TCPHDR_SYN = 0x02;
export const TCPHDR_RST = 0x04;
export const TCPHDR_ACK = 0x10;

const IPPROTO_HOPOPTS = 0;
const IPPROTO_TCP = 6;
const IPPROTO_ROUTING = 43;
const IPPROTO_FRAGMENT = 44;
const IPPROTO_AH = 51;
const IPPROTO_DSTOPTS = 60;
const IPPROTO_MH = 135;

const IPV6_HEADER_BYTES = 40;
const TCP_HEADER_BYTES = 20;
/** RFC 8200 §4.1 names seven. */
const MOST_EXTENSION_HEADERS = 10;
/** Third word of an IPv4-mapped address, as a signed number. */
const MAPPED = 0x0000ffff;

/** A TCP segment, filled again for each packet. Addresses are words in the network's order; IPv4 is IPv4-mapped. */
export class TcpSegment {
  source0 = 0;
  source1 = 0;
  source2 = 0;
  source3 = 0;
  destination0 = 0;
  destination1 = 0;
  destination2 = 0;
  destination3 = 0;
  sourcePort = 0;
  destinationPort = 0;
  /** Sequence and acknowledgment numbers as signed 32 bits, so that differences (`| 0`) compare. */
  sequence = 0;
  acknowledgment = 0;
  flags = 0;
  /** Where the payload begins in the cursor's bytes. */
  offset = 0;
  /** Bytes of the payload that were captured, and that travelled. */
  captured = 0;
  length = 0;

  /** Reads the packet at the cursor. Returns why it is no segment, or null. Its checksum is not checked. */
  read(cursor: PacketCursor): PacketReason | null {
    const { bytes, offset, protocol } = cursor;
    if (protocol !== 0 && protocol !== ETH_P_IP && protocol !== ETH_P_IPV6) return 'protocol';
    const snaplen = Math.min(cursor.snaplen, bytes.length - offset);
    if (snaplen < 1) return 'short';
    const version = (bytes[offset] ?? 0) >> 4;
    if (version === 4) return this.#readV4(bytes, offset, snaplen, cursor.len);
    if (version === 6) return this.#readV6(bytes, offset, snaplen, cursor.len);
    return 'version';
  }

  #readV4(bytes: Uint8Array, at: number, snaplen: number, len: number): PacketReason | null {
    if (snaplen < 20) return 'short';
    const header = 4 * ((bytes[at] ?? 0) & 0x0f);
    if (header < 20) return 'options';
    if (bytes[at + 9] !== IPPROTO_TCP) return 'protocol';
    // Offset, and the flag that more fragments follow.
    if ((word16(bytes, at + 6) & 0x3fff) !== 0) return 'fragment';
    // BIG TCP leaves tot_len 0; and behind a short packet may be the padding of Ethernet.
    const total = word16(bytes, at + 2) || len;
    if (total > len) return 'length';
    this.source0 = 0;
    this.source1 = 0;
    this.source2 = MAPPED;
    this.source3 = word32(bytes, at + 12);
    this.destination0 = 0;
    this.destination1 = 0;
    this.destination2 = MAPPED;
    this.destination3 = word32(bytes, at + 16);
    return this.#readTcp(bytes, at + header, Math.min(snaplen, total) - header, total - header);
  }

  #readV6(bytes: Uint8Array, at: number, snaplen: number, len: number): PacketReason | null {
    if (snaplen < IPV6_HEADER_BYTES) return 'short';
    const payload = word16(bytes, at + 4);
    const total = payload === 0 ? len : IPV6_HEADER_BYTES + payload;
    if (total > len) return 'length';
    const have = Math.min(snaplen, total);
    let next = bytes[at + 6] ?? 0;
    let header = IPV6_HEADER_BYTES;
    for (let i = 0; next !== IPPROTO_TCP; i++) {
      if (!isExtension(next)) return 'protocol';
      if (i === MOST_EXTENSION_HEADERS) return 'options';
      if (header + 8 > have) return 'short';
      // A fragment header of a whole packet (RFC 6946) has neither an offset nor the flag that more follow.
      if (next === IPPROTO_FRAGMENT && (word16(bytes, at + header + 2) & 0xfff9) !== 0) return 'fragment';
      const units = bytes[at + header + 1] ?? 0;
      const size = next === IPPROTO_FRAGMENT ? 8 : next === IPPROTO_AH ? 4 * (units + 2) : 8 * (units + 1);
      next = bytes[at + header] ?? 0;
      header += size;
    }
    this.source0 = word32(bytes, at + 8);
    this.source1 = word32(bytes, at + 12);
    this.source2 = word32(bytes, at + 16);
    this.source3 = word32(bytes, at + 20);
    this.destination0 = word32(bytes, at + 24);
    this.destination1 = word32(bytes, at + 28);
    this.destination2 = word32(bytes, at + 32);
    this.destination3 = word32(bytes, at + 36);
    return this.#readTcp(bytes, at + header, have - header, total - header);
  }

  #readTcp(bytes: Uint8Array, at: number, have: number, total: number): PacketReason | null {
    if (have < TCP_HEADER_BYTES) return 'short';
    const header = 4 * ((bytes[at + 12] ?? 0) >> 4);
    if (header < TCP_HEADER_BYTES) return 'options';
    if (header > total) return 'length';
    this.sourcePort = word16(bytes, at);
    this.destinationPort = word16(bytes, at + 2);
    this.sequence = word32(bytes, at + 4);
    this.acknowledgment = word32(bytes, at + 8);
    this.flags = bytes[at + 13] ?? 0;
    this.offset = at + header;
    // A snap length may cut the options, which are not needed.
    this.captured = Math.max(0, have - header);
    this.length = total - header;
    return null;
  }
}

function isExtension(next: number): boolean {
  switch (next) {
    case IPPROTO_HOPOPTS:
    case IPPROTO_ROUTING:
    case IPPROTO_FRAGMENT:
    case IPPROTO_AH:
    case IPPROTO_DSTOPTS:
    case IPPROTO_MH:
      return true;
    default:
      return false;
  }
}

function word16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** Returns four bytes as a signed number. */
function word32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
}
