/** struct ifinfomsg — include/uapi/linux/rtnetlink.h, 16 bytes, and RTM_GETLINK. */

import { AttributeWalker } from '../attributes.js';
import { NLM_F_DUMP, NLM_F_REQUEST, NLMSG_HDRLEN } from '../constants.js';
import { requireBytes } from '../decode-error.js';

/** Message type: an interface that exists, in replies to requests, and in events of new ones and changes. */
export const RTM_NEWLINK = 16;
/** Message type of the event: an interface was removed. */
export const RTM_DELLINK = 17;
/** Multicast group: interfaces that were added, changed or removed. */
export const RTNLGRP_LINK = 1;

const RTM_GETLINK = 18;
const IFINFOMSG_SIZE = 16;
/** Offset of `ifi_index` in struct ifinfomsg. */
const IFI_INDEX = 4;
const IFLA_IFNAME = 3;

/** Interface of a network namespace. */
export interface NetworkLink {
  /** `ifi_index` */
  readonly index: number;
  /** Present name, up to 15 bytes. */
  readonly name: string;
}

/** Builds a request for all interfaces of a network namespace. */
export function buildGetLinksRequest(): Uint8Array {
  return request(NLM_F_REQUEST | NLM_F_DUMP, 0);
}

/** Builds a request for one interface, which the kernel refuses with ENODEV if it does not exist. */
export function buildGetLinkRequest(index: number): Uint8Array {
  return request(NLM_F_REQUEST, index);
}

function request(flags: number, index: number): Uint8Array {
  const bytes = new Uint8Array(NLMSG_HDRLEN + IFINFOMSG_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, RTM_GETLINK, true);
  view.setUint16(6, flags, true);
  view.setInt32(NLMSG_HDRLEN + IFI_INDEX, index, true);
  return bytes;
}

/**
 * Decodes index and name of a reply or an event. Undefined without a name.
 * @param message the message with its `nlmsghdr`
 * @throws DecodeError `ERR_TRUNCATED`, `ERR_ATTRIBUTE_LENGTH`
 */
export function decodeLink(message: Uint8Array): NetworkLink | undefined {
  requireBytes(message, 0, NLMSG_HDRLEN + IFINFOMSG_SIZE, 'ifinfomsg');
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const index = view.getInt32(NLMSG_HDRLEN + IFI_INDEX, true);
  const walker = new AttributeWalker();
  walker.reset(message, NLMSG_HDRLEN + IFINFOMSG_SIZE, view.getUint32(0, true));
  while (walker.next()) {
    if (walker.type !== IFLA_IFNAME) continue;
    const text = new TextDecoder().decode(message.subarray(walker.start, walker.end));
    const [name = ''] = text.split('\0', 1);
    return name === '' ? undefined : { index, name };
  }
  return undefined;
}
