/** Request for one socket: struct inet_diag_req_v2 without NLM_F_DUMP — include/uapi/linux/inet_diag.h, 56 bytes. */
import { DecodeError, NLM_F_REQUEST, NLMSG_HDRLEN, parseAddress } from '../netlink/index.js';
import { INET_DIAG_NOCOOKIE, IPPROTO_TCP, SOCK_DIAG_BY_FAMILY } from './constants.js';
import { INET_DIAG_MSG_ID_OFFSET, INET_DIAG_MSG_SIZE, INET_DIAG_SOCKID, readFamily } from './inet-diag-msg.js';
import { INET_DIAG_REQ_V2_SIZE } from './request.js';

/** Ends of a socket, and the attributes that are requested. */
export interface ExactSockRequest {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Requested attributes, bits of `extensionBit`. */
  readonly ext: number;
}

/** Ends of a socket as bytes, for many requests: {@link ExactSockRequest} has texts. */
export interface ExactSockEnds {
  /** AF_INET or AF_INET6. */
  readonly family: number;
  /** 4 bytes of IPv4, or 16. */
  readonly localAddress: Uint8Array;
  readonly localPort: number;
  readonly remoteAddress: Uint8Array;
  readonly remotePort: number;
  /** Requested attributes, bits of `extensionBit`. */
  readonly ext: number;
}

const SOCKID_AT = NLMSG_HDRLEN + 8;
const SRC_AT = SOCKID_AT + 4;
const DST_AT = SOCKID_AT + 20;
const COOKIE_AT = SOCKID_AT + 40;

/**
 * Builds a request for the TCP socket with these ends, whatever its cookie: `nlmsghdr` and `struct inet_diag_req_v2`,
 * 72 bytes. A socket of IPv6 that is connected over IPv4 is found by its IPv4 addresses. If no socket is connected, the
 * kernel answers with a listening one of the local port, or with ENOENT: compare the ends of the answer.
 * @throws RangeError for a text that is no address, and for addresses of two families
 */
export function buildExactSockRequest(socket: ExactSockRequest): Uint8Array {
  const [local, remote] = [parseAddress(socket.localAddress), parseAddress(socket.remoteAddress)];
  if (local === undefined || remote === undefined || local.family !== remote.family) {
    throw new RangeError(`socket ${socket.localAddress} ${socket.remoteAddress}: expected two addresses of one family`);
  }
  return buildExactSockRequestOf({
    ...socket,
    family: local.family,
    localAddress: local.bytes,
    remoteAddress: remote.bytes,
  });
}

/** Builds the same request as {@link buildExactSockRequest} from bytes. */
export function buildExactSockRequestOf(socket: ExactSockEnds): Uint8Array {
  const bytes = newRequest(socket.family, socket.ext);
  const view = new DataView(bytes.buffer);
  view.setUint16(SOCKID_AT, socket.localPort);
  view.setUint16(SOCKID_AT + 2, socket.remotePort);
  bytes.set(socket.localAddress, SRC_AT);
  bytes.set(socket.remoteAddress, DST_AT);
  view.setUint32(COOKIE_AT, INET_DIAG_NOCOOKIE, true);
  view.setUint32(COOKIE_AT + 4, INET_DIAG_NOCOOKIE, true);
  return bytes;
}

/**
 * Builds the request for exactly the socket of an `inet_diag_msg`, by family, ends, interface and cookie: another socket
 * with these ends is not found (ENOENT).
 * @param ext requested attributes, bits of `extensionBit`
 * @throws DecodeError when the message is truncated
 */
export function buildSocketRequest(rawIdm: Uint8Array, ext: number): Uint8Array {
  if (rawIdm.length < INET_DIAG_MSG_SIZE) {
    throw new DecodeError('inet_diag_msg: cut', { code: 'ERR_TRUNCATED', at: rawIdm.length });
  }
  const bytes = newRequest(readFamily(rawIdm), ext);
  const from = INET_DIAG_MSG_ID_OFFSET;
  bytes.set(rawIdm.subarray(from, from + INET_DIAG_SOCKID.size), SOCKID_AT);
  return bytes;
}

function newRequest(family: number, ext: number): Uint8Array {
  const bytes = new Uint8Array(NLMSG_HDRLEN + INET_DIAG_REQ_V2_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, SOCK_DIAG_BY_FAMILY, true);
  view.setUint16(6, NLM_F_REQUEST, true);
  view.setUint8(NLMSG_HDRLEN, family);
  view.setUint8(NLMSG_HDRLEN + 1, IPPROTO_TCP);
  view.setUint8(NLMSG_HDRLEN + 2, ext);
  view.setUint32(NLMSG_HDRLEN + 4, ALL_STATES, true);
  return bytes;
}

const ALL_STATES = 0xffff_ffff;
