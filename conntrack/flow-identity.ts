import { AttributeWalker } from '../netlink/index.js';
import { CTA_ID, CTA_TUPLE_ORIG, CTA_ZONE, IPCTNL_MSG_CT_DELETE, IPCTNL_MSG_CT_NEW } from './constants.js';
import { readHeaderOf } from './message.js';
import { be32 } from './payload.js';

/** Bits of a double that hold whole numbers, behind those of an id. */
const ENDS_BITS = 21;

/** Reader of what tells the flows of messages apart, which is many times as fast as a decoder. */
export class FlowIdentityReader {
  readonly #walker = new AttributeWalker();

  /**
   * Returns the identity of the flow in a message that begins at `at`, a whole number below 2^53: its id, which is a hash
   * of 32 bits that the kernel makes of the flow, and 21 bits of its addresses, ports, protocol and zone. A later flow
   * with the same ends has another id. The addon's `LineFormatter` makes the same number of a layout's `idAt` and `hashed`.
   * @throws DecodeError
   */
  read(bytes: Uint8Array, at = 0): number {
    const { attributes, end } = readHeaderOf(bytes, at, IPCTNL_MSG_CT_NEW, IPCTNL_MSG_CT_DELETE);
    const walker = this.#walker;
    walker.reset(bytes, attributes, end);
    let id = 0;
    let hash = 0;
    while (walker.next()) {
      if (walker.type === CTA_ID) id = be32(bytes, walker.start, walker.end);
      else if (walker.type === CTA_TUPLE_ORIG || walker.type === CTA_ZONE) hash = hashed(bytes, walker, hash);
    }
    return id * 2 ** ENDS_BITS + (hash >>> (32 - ENDS_BITS));
  }
}

function hashed(
  bytes: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
  seed: number,
): number {
  let hash = seed;
  for (let at = start; at < end; at += 4) {
    const word = octet(bytes, at, end) | (octet(bytes, at + 1, end) << 8) | (octet(bytes, at + 2, end) << 16);
    hash = Math.imul(hash ^ (word | (octet(bytes, at + 3, end) << 24)), 0x9e37_79b1);
    hash ^= hash >>> 15;
  }
  return Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
}

function octet(bytes: Uint8Array, at: number, end: number): number {
  return at < end ? (bytes[at] ?? 0) : 0;
}
