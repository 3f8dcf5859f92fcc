/**
 * One packet of a capture, from its IP header on. Readers fill one cursor again for each packet, so that a packet costs
 * no allocation: copy what you keep.
 */
export interface PacketCursor {
  /** Bytes that hold the packet, valid until the reader's callback returns. */
  bytes: Uint8Array;
  /** Where its IP header begins in `bytes`. */
  offset: number;
  /** Bytes captured from `offset` on. */
  snaplen: number;
  /** Length of the packet from `offset` on, as it travelled; more than `snaplen` when it was cut. */
  len: number;
  /** Seconds since 1970, and nanoseconds of that second, at the tap. */
  seconds: number;
  nanoseconds: number;
  /** Index of the interface; in a file its number there, see `CaptureReader.interfaceName`. */
  ifindex: number;
  /** `sll_pkttype`, a PACKET_ value; -1 when the capture does not say. */
  pkttype: number;
  /** `sll_hatype`, an ARPHRD_ value; -1 when the capture does not say. */
  hatype: number;
  /** EtherType (ETH_P_IP, ETH_P_IPV6); 0 when only the packet itself tells. */
  protocol: number;
  /** TP_STATUS_ bits; 0 in files. */
  status: number;
}

/** include/uapi/linux/if_packet.h: to us, and from us. */
export const PACKET_HOST = 0;
export const PACKET_OUTGOING = 4;
/** include/uapi/linux/if_arp.h: the loopback device. */
export const ARPHRD_LOOPBACK = 772;
/** include/uapi/linux/if_ether.h. */
export const ETH_P_IP = 0x0800;
export const ETH_P_IPV6 = 0x86dd;
export const ETH_P_8021Q = 0x8100;
export const ETH_P_8021AD = 0x88a8;

/** Returns an empty cursor. */
export function createCursor(): PacketCursor {
  return {
    bytes: new Uint8Array(0),
    offset: 0,
    snaplen: 0,
    len: 0,
    seconds: 0,
    nanoseconds: 0,
    ifindex: 0,
    pkttype: -1,
    hatype: -1,
    protocol: 0,
    status: 0,
  };
}
