/** struct inet_diag_req and inet_diag_req_v2 — include/uapi/linux/inet_diag.h, 60 and 56 bytes. */

import { AF_UNSPEC, NLA_HDRLEN, NLM_F_DUMP, NLM_F_REQUEST, NLMSG_HDRLEN } from '../netlink/index.js';
import { TcpState, tcpStateMask } from '../tcp/index.js';
import {
  INET_DIAG_INFO,
  INET_DIAG_REQ_BYTECODE,
  INET_DIAG_REQ_PROTOCOL,
  INET_DIAG_SHUTDOWN,
  IPPROTO_TCP,
  SOCK_DIAG_BY_FAMILY,
  TCPDIAG_GETSOCK,
} from './constants.js';
import { MAX_BYTECODE_BYTES } from './filter/index.js';

/** Bytes of `struct inet_diag_req`. */
export const INET_DIAG_REQ_SIZE = 60;
/** Bytes of `struct inet_diag_req_v2`. */
export const INET_DIAG_REQ_V2_SIZE = 56;

/** States of connections: a full socket that has, wants or had a peer. Without LISTEN and TIME_WAIT. */
export const CONNECTION_STATES: number = tcpStateMask([
  TcpState.ESTABLISHED,
  TcpState.SYN_SENT,
  TcpState.FIN_WAIT1,
  TcpState.FIN_WAIT2,
  TcpState.CLOSE_WAIT,
  TcpState.LAST_ACK,
  TcpState.CLOSING,
]);

/** Every state that there is. */
export const ALL_STATES = 0xffff_ffff;

/** States that m-lab/tcp-info requests: {@link CONNECTION_STATES}, LISTEN, and bit 0, which is not a state. */
export const REFERENCE_STATES: number = CONNECTION_STATES | tcpStateMask([TcpState.LISTEN]) | 1;

/** Returns the bit of `idiag_ext` that requests an attribute: 1 (MEMINFO) to 8 (SHUTDOWN); 0 for other attributes. */
export function extensionBit(attribute: number): number {
  return attribute >= 1 && attribute <= INET_DIAG_SHUTDOWN ? 1 << (attribute - 1) : 0;
}

/** `idiag_ext` that requests all attributes. */
export const ALL_EXTENSIONS = 0xff;
/** `idiag_ext` that requests only `tcp_info`. */
export const INFO_EXTENSION: number = extensionBit(INET_DIAG_INFO);

/** Request for sockets of both families: their states and attributes. */
export interface GetSockRequest {
  /** Requested states, bits `1 << TcpState`. */
  readonly states: number;
  /** Requested attributes, bits of {@link extensionBit}. */
  readonly ext: number;
  /** Filter program that the kernel runs on each socket; no filter if empty or absent. At most `MAX_BYTECODE_BYTES`. */
  readonly bytecode?: Uint8Array;
}

/** Request for sockets of one family: their states and attributes. */
export interface SockDiagRequest extends GetSockRequest {
  /** AF_INET or AF_INET6. */
  readonly family: number;
  /** IP protocol, by default IPPROTO_TCP. One above 255, such as IPPROTO_MPTCP, is sent as an attribute. */
  readonly protocol?: number;
}

/** Attribute of a request. */
interface RequestAttribute {
  readonly type: number;
  readonly payload: Uint8Array;
}

/**
 * Builds a request to dump TCP sockets of both families in one walk: `nlmsghdr` and `struct inet_diag_req`, 76 bytes,
 * and the program's attribute. Sequence and port are 0; the sender sets them.
 * @throws RangeError when the program is too long for its attribute
 */
export function buildGetSockRequest({ states, ext, bytecode }: GetSockRequest): Uint8Array {
  const [bytes, view] = newDump(TCPDIAG_GETSOCK, INET_DIAG_REQ_SIZE, bytecodeAttributes(bytecode));
  // inet_diag_dump_compat() always uses AF_UNSPEC and ignores this field.
  view.setUint8(NLMSG_HDRLEN, AF_UNSPEC);
  view.setUint8(NLMSG_HDRLEN + 3, ext);
  view.setUint32(NLMSG_HDRLEN + 52, states, true);
  return bytes;
}

/**
 * Builds a request to dump one family's sockets: `nlmsghdr` and `struct inet_diag_req_v2`, 72 bytes; an attribute of 8
 * bytes if the protocol is above 255; and the program's attribute. Sequence and port are 0; the sender sets them.
 * @throws RangeError when the program is too long for its attribute
 */
export function buildSockDiagRequest(request: SockDiagRequest): Uint8Array {
  const protocol = request.protocol ?? IPPROTO_TCP;
  const fits = protocol <= 0xff;
  const attributes = bytecodeAttributes(request.bytecode);
  if (!fits) attributes.unshift({ type: INET_DIAG_REQ_PROTOCOL, payload: u32(protocol) });
  const [bytes, view] = newDump(SOCK_DIAG_BY_FAMILY, INET_DIAG_REQ_V2_SIZE, attributes);
  view.setUint8(NLMSG_HDRLEN, request.family);
  // 0 makes a kernel before 5.9, which ignores the attribute, refuse the request; else it would dump another protocol.
  view.setUint8(NLMSG_HDRLEN + 1, fits ? protocol : 0);
  view.setUint8(NLMSG_HDRLEN + 2, request.ext);
  view.setUint32(NLMSG_HDRLEN + 4, request.states, true);
  return bytes;
}

function bytecodeAttributes(bytecode: Uint8Array = new Uint8Array()): RequestAttribute[] {
  // If the length overflowed its 16 bits, the kernel would ignore the attribute and dump everything.
  if (bytecode.length > MAX_BYTECODE_BYTES) {
    throw new RangeError(`bytecode of ${bytecode.length} bytes: at most ${MAX_BYTECODE_BYTES}`);
  }
  return bytecode.length === 0 ? [] : [{ type: INET_DIAG_REQ_BYTECODE, payload: bytecode }];
}

/** Builds a dump request; all payloads must be multiples of NLA_ALIGNTO. */
function newDump(
  type: number,
  headerSize: number,
  attributes: readonly RequestAttribute[],
): [bytes: Uint8Array, view: DataView] {
  let at = NLMSG_HDRLEN + headerSize;
  const bytes = new Uint8Array(attributes.reduce((size, { payload }) => size + NLA_HDRLEN + payload.length, at));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, NLM_F_REQUEST | NLM_F_DUMP, true);
  for (const attribute of attributes) {
    view.setUint16(at, NLA_HDRLEN + attribute.payload.length, true);
    view.setUint16(at + 2, attribute.type, true);
    bytes.set(attribute.payload, at + NLA_HDRLEN);
    at += NLA_HDRLEN + attribute.payload.length;
  }
  return [bytes, view];
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
