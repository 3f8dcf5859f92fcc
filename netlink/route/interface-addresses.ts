/** struct ifaddrmsg — include/uapi/linux/if_addr.h, 8 bytes, and RTM_GETADDR of include/uapi/linux/rtnetlink.h. */

import type { InetAddress } from '../address.js';
import { AttributeWalker } from '../attributes.js';
import { AF_INET, AF_INET6, NLM_F_DUMP, NLM_F_REQUEST, NLMSG_HDRLEN } from '../constants.js';
import { requireBytes } from '../decode-error.js';

/** Netlink protocol for interfaces, addresses and routes — include/uapi/linux/netlink.h. */
export const NETLINK_ROUTE = 0;
/** Message type of the replies to {@link buildGetAddrRequest}. */
export const RTM_NEWADDR = 20;
/** Multicast group: IPv4 addresses that were added or removed. */
export const RTNLGRP_IPV4_IFADDR = 5;
/** Multicast group: IPv6 addresses that were added or removed. */
export const RTNLGRP_IPV6_IFADDR = 9;

const RTM_GETADDR = 22;
const IFADDRMSG_SIZE = 8;
/** Interface address; on an interface with a peer it is the peer's address. */
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const ADDRESS_BYTES: Readonly<Record<number, number>> = { [AF_INET]: 4, [AF_INET6]: 16 };

/** Builds a request for the addresses of all interfaces of a network namespace. */
export function buildGetAddrRequest(): Uint8Array {
  const bytes = new Uint8Array(NLMSG_HDRLEN + IFADDRMSG_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, RTM_GETADDR, true);
  view.setUint16(6, NLM_F_REQUEST | NLM_F_DUMP, true);
  return bytes;
}

/**
 * Decodes the local address in one reply, a copy. Undefined without an address, and for families other than IPv4 and
 * IPv6.
 * @param message the reply with its `nlmsghdr`
 * @throws DecodeError `ERR_TRUNCATED`, `ERR_ATTRIBUTE_LENGTH`
 */
export function decodeInterfaceAddress(message: Uint8Array): InetAddress | undefined {
  requireBytes(message, 0, NLMSG_HDRLEN + IFADDRMSG_SIZE, 'ifaddrmsg');
  const family = message[NLMSG_HDRLEN] ?? 0;
  const walker = new AttributeWalker();
  walker.reset(message, NLMSG_HDRLEN + IFADDRMSG_SIZE);
  let address: Uint8Array | undefined;
  let local: Uint8Array | undefined;
  while (walker.next()) {
    if (walker.type === IFA_ADDRESS) address = message.slice(walker.start, walker.end);
    if (walker.type === IFA_LOCAL) local = message.slice(walker.start, walker.end);
  }
  const told = local ?? address;
  if (told === undefined || told.length !== ADDRESS_BYTES[family]) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(told);
  return { family, bytes };
}
