/** Request to end one socket: struct inet_diag_req_v2 in a message of type SOCK_DESTROY, 72 bytes, and its answer. */
import { AF_INET, AF_INET6, fieldOf, NLM_F_ACK, NLM_F_REQUEST, NLMSG_HDRLEN } from '../netlink/index.js';
import { TcpState } from '../tcp/index.js';
import { INET_DIAG_NOCOOKIE, IPPROTO_TCP, SOCK_DESTROY } from './constants.js';
import { INET_DIAG_SOCKID, type InetDiagMsg, type InetDiagSockId } from './inet-diag-msg.js';
import { INET_DIAG_REQ_V2_SIZE } from './request.js';

/** Family, state and whole identity of a socket, as the kernel reported them. */
export type SocketIdentity = Pick<InetDiagMsg, 'family' | 'state' | 'id'>;

/**
 * Reason why a socket must not be destroyed: its cookie is not known (`ERR_NO_COOKIE`), it listens (`ERR_LISTENING`), it
 * is neither IPv4 nor IPv6 (`ERR_FAMILY`), or its identity is no identity (`ERR_IDENTITY`).
 */
export type DestroyRequestErrorCode = 'ERR_NO_COOKIE' | 'ERR_LISTENING' | 'ERR_FAMILY' | 'ERR_IDENTITY';

/** Thrown for a socket that must not be destroyed. */
export class DestroyRequestError extends Error {
  override readonly name = 'DestroyRequestError';

  constructor(
    message: string,
    /** Reason, stable. */
    readonly code: DestroyRequestErrorCode,
  ) {
    super(`destroy a socket: ${message}`);
  }
}

/** Bytes of a request. */
export const DESTROY_REQUEST_SIZE: number = NLMSG_HDRLEN + INET_DIAG_REQ_V2_SIZE;

const ID_AT = NLMSG_HDRLEN + 8;
const at = (name: keyof InetDiagSockId): number => ID_AT + fieldOf(INET_DIAG_SOCKID, name).offset;
const [SPORT_AT, DPORT_AT, SRC_AT, DST_AT] = [at('sport'), at('dport'), at('src'), at('dst')];
const [INTERFACE_AT, COOKIE_AT] = [at('interface'), at('cookie')];
const NO_COOKIE = (BigInt(INET_DIAG_NOCOOKIE) << 32n) | BigInt(INET_DIAG_NOCOOKIE);
const ADDRESS_BYTES = 16;
const MAX_PORT = 0xffff;

/**
 * Builds the request to destroy exactly this socket. The kernel looks for the ends first, then for a listener of the
 * local port, and then compares the cookie: without one, a request for a connection that has ended would hit the
 * listener. So the cookie is compulsory, and a listening socket is refused.
 * @throws DestroyRequestError
 */
export function buildDestroyRequest({ family, state, id }: SocketIdentity): Uint8Array {
  if (family !== AF_INET && family !== AF_INET6) {
    throw new DestroyRequestError(`family ${family} is neither AF_INET nor AF_INET6`, 'ERR_FAMILY');
  }
  if (state === TcpState.LISTEN) throw new DestroyRequestError('it listens', 'ERR_LISTENING');
  // The first cookie is 1; a socket never has 0.
  if (id.cookie === NO_COOKIE || id.cookie === 0n)
    throw new DestroyRequestError('its cookie is missing', 'ERR_NO_COOKIE');
  if (id.cookie < 0n || id.cookie > NO_COOKIE) {
    throw new DestroyRequestError(`cookie ${id.cookie} is not of 64 bits`, 'ERR_NO_COOKIE');
  }
  if (![id.sport, id.dport].every(isPort) || ![id.src, id.dst].every(({ length }) => length === ADDRESS_BYTES)) {
    throw new DestroyRequestError('two ports and two addresses of 16 bytes are needed', 'ERR_IDENTITY');
  }
  const bytes = new Uint8Array(DESTROY_REQUEST_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, SOCK_DESTROY, true);
  view.setUint16(6, NLM_F_REQUEST | NLM_F_ACK, true);
  view.setUint8(NLMSG_HDRLEN, family);
  view.setUint8(NLMSG_HDRLEN + 1, IPPROTO_TCP);
  // The kernel does not read the states here.
  view.setUint32(NLMSG_HDRLEN + 4, ALL_STATES, true);
  view.setUint16(SPORT_AT, id.sport);
  view.setUint16(DPORT_AT, id.dport);
  bytes.set(id.src, SRC_AT);
  bytes.set(id.dst, DST_AT);
  view.setUint32(INTERFACE_AT, id.interface, true);
  view.setBigUint64(COOKIE_AT, id.cookie, true);
  return bytes;
}

const ALL_STATES = 0xffff_ffff;

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= MAX_PORT;
}

/**
 * Results of a request. `destroyed`: the kernel ended the socket. `ended`: it had ended before, or its ends belong to
 * another socket now. `denied`: CAP_NET_ADMIN is missing. `unsupported`: the kernel cannot destroy sockets of this kind,
 * or is built without CONFIG_INET_DIAG_DESTROY. `error`: anything else.
 */
export const DESTROY_RESULTS = ['destroyed', 'ended', 'denied', 'unsupported', 'error'] as const;
/** One of {@link DESTROY_RESULTS}. */
export type DestroyResult = (typeof DESTROY_RESULTS)[number];

/** Errno values of answers, from include/uapi/asm-generic/errno-base.h and errno.h. */
const RESULTS: ReadonlyMap<number, DestroyResult> = new Map([
  [0, 'destroyed'],
  [1, 'denied'], // EPERM
  [2, 'ended'], // ENOENT
  [13, 'denied'], // EACCES, of a security module
  [95, 'unsupported'], // EOPNOTSUPP
]);

/** Returns the result that an answer means. @param errno positive errno of the NLMSG_ERROR, 0 for an acknowledgement */
export function destroyResult(errno: number): DestroyResult {
  return RESULTS.get(errno) ?? 'error';
}
