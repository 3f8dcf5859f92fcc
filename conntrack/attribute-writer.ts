import { NLA_ALIGNTO, NLA_F_NESTED, NLA_HDRLEN, NLM_F_REQUEST, NLMSG_HDRLEN } from '../netlink/index.js';
import { NFGENMSG_SIZE, NFNETLINK_V1, NFNL_SUBSYS_CTNETLINK } from './nfnetlink.js';

/** Attribute to send: a payload, or attributes in it. */
export type OutgoingAttribute = readonly [type: number, payload: Uint8Array | readonly OutgoingAttribute[]];

/** Returns a byte as a payload. */
export function u8Payload(value: number): Uint8Array {
  return Uint8Array.of(value);
}

/** Returns a big-endian u16 as a payload. */
export function be16Payload(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

/** Returns a big-endian u32 as a payload. */
export function be32Payload(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

/** Returns a little-endian u32, the order of the machines that we run on, as a payload. */
export function hostU32Payload(value: number): Uint8Array {
  return be32Payload(value).reverse();
}

/** Header of a request. */
interface RequestHead {
  /** `IPCTNL_MSG_CT_*`. */
  readonly message: number;
  /** Flags besides NLM_F_REQUEST. */
  readonly flags: number;
  readonly family: number;
}

/**
 * Builds a request: `nlmsghdr`, `struct nfgenmsg` of version 1, attributes. Sequence and port are 0; the sender sets
 * them.
 */
export function buildRequest(head: RequestHead, attributes: readonly OutgoingAttribute[] = []): Uint8Array {
  const start = NLMSG_HDRLEN + NFGENMSG_SIZE;
  const bytes = new Uint8Array(start + sizeOf(attributes));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, (NFNL_SUBSYS_CTNETLINK << 8) | head.message, true);
  view.setUint16(6, NLM_F_REQUEST | head.flags, true);
  view.setUint8(NLMSG_HDRLEN, head.family);
  view.setUint8(NLMSG_HDRLEN + 1, NFNETLINK_V1);
  write(view, start, attributes);
  return bytes;
}

function sizeOf(attributes: readonly OutgoingAttribute[]): number {
  return attributes.reduce((size, [, payload]) => size + aligned(NLA_HDRLEN + lengthOf(payload)), 0);
}

function lengthOf(payload: OutgoingAttribute[1]): number {
  return payload instanceof Uint8Array ? payload.length : sizeOf(payload);
}

function aligned(length: number): number {
  return (length + NLA_ALIGNTO - 1) & -NLA_ALIGNTO;
}

function write(view: DataView, start: number, attributes: readonly OutgoingAttribute[]): void {
  let at = start;
  for (const [type, payload] of attributes) {
    const length = NLA_HDRLEN + lengthOf(payload);
    const isNest = !(payload instanceof Uint8Array);
    view.setUint16(at, length, true);
    view.setUint16(at + 2, isNest ? type | NLA_F_NESTED : type, true);
    if (isNest) write(view, at + NLA_HDRLEN, payload);
    else new Uint8Array(view.buffer).set(payload, at + NLA_HDRLEN);
    at += aligned(length);
  }
}
