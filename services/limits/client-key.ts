import { beginsWith, comparableAddress, cutAddress, formatPrefix, IPV4_PREFIX } from '../../inetdiag/index.js';
import { parseAddress } from '../../netlink/index.js';
import type { ClientPrefix } from '../config/index.js';

/** Client of a connection. */
export interface Client {
  /** Address in 16 bytes; IPv4 is IPv4-mapped. */
  readonly address: Uint8Array;
  /** Name that counts as one client: the address, `10.0.0.9`, or its prefix, `2001:db8:1:2::/64`. */
  readonly key: string;
}

/** Bits before the IPv4 address in an IPv4-mapped one. */
const MAPPED_BITS = 96;

/** Makes the client of an address as a kernel's message has it. AF_INET and IPv4-mapped forms make equal clients. */
export function clientOf(bytes: Uint8Array, family: number, prefix: ClientPrefix): Client {
  const address = comparableAddress(bytes, family);
  const length = beginsWith(address, IPV4_PREFIX) ? MAPPED_BITS + prefix.v4 : prefix.v6;
  return { address, key: formatPrefix({ bytes: cutAddress(address, length), length }) };
}

/** Makes the client of an address as text, such as `socket.remoteAddress`; undefined if it is no address. */
export function clientOfText(text: string, prefix: ClientPrefix): Client | undefined {
  // A link-local address has a zone behind it.
  const [bare = ''] = text.split('%');
  const address = parseAddress(bare);
  return address === undefined ? undefined : clientOf(address.bytes, address.family, prefix);
}
