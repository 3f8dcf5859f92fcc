import {
  DecodeError,
  fieldOf,
  NLM_F_CREATE,
  NLM_F_EXCL,
  NLMSG_HDRLEN,
  readU32,
  requireBytes,
} from '../netlink/index.js';
import {
  IPCTNL_MSG_CT_DELETE,
  IPCTNL_MSG_CT_GET_STATS,
  IPCTNL_MSG_CT_GET_STATS_CPU,
  IPCTNL_MSG_CT_NEW,
} from './constants.js';
import type { Flow } from './flow.js';
import { NFGENMSG, NFGENMSG_SIZE, NFNL_SUBSYS_CTNETLINK, type NfGenMsg } from './nfnetlink.js';

/** Bytes before the attributes of a message: `nlmsghdr` and `struct nfgenmsg`. */
export const CONNTRACK_HEADER_SIZE: number = NLMSG_HDRLEN + NFGENMSG_SIZE;

const FAMILY_OFFSET = NLMSG_HDRLEN + fieldOf(NFGENMSG, 'family').offset;
const VERSION_OFFSET = NLMSG_HDRLEN + fieldOf(NFGENMSG, 'version').offset;
const RES_ID_OFFSET = NLMSG_HDRLEN + fieldOf(NFGENMSG, 'resId').offset;

/** Kind of an event, as the kernel sends it. */
export type KernelEventKind = 'new' | 'update' | 'destroy';

/** Event of a flow, as the kernel sends it. */
export interface FlowEvent {
  readonly kind: KernelEventKind;
  readonly flow: Flow;
  /** Netlink port of the program that deleted the flow; 0 if the kernel ended it, and for other kinds. */
  readonly portId: number;
}

/** Header of a message. */
export interface ConntrackHeader extends NfGenMsg {
  /** `IPCTNL_MSG_CT_*`. */
  readonly message: number;
  readonly flags: number;
  readonly portId: number;
  /** Offset of the first attribute. */
  readonly attributes: number;
  /** Offset of the message's end. */
  readonly end: number;
}

/**
 * Reads the header of a message of connection tracking that begins at `at`.
 * @throws DecodeError `ERR_TRUNCATED` when the message is not whole, `ERR_MESSAGE_TYPE` when it is of another kind
 */
export function readConntrackHeader(bytes: Uint8Array, at: number): ConntrackHeader {
  requireBytes(bytes, at, CONNTRACK_HEADER_SIZE, 'conntrack message');
  const length = readU32(bytes, at) ?? 0;
  if (length < CONNTRACK_HEADER_SIZE || at + length > bytes.length) {
    throw new DecodeError(`nlmsghdr: length ${length} of ${bytes.length - at}`, { code: 'ERR_TRUNCATED', at });
  }
  const subsystem = bytes[at + 5] ?? 0;
  const message = bytes[at + 4] ?? 0;
  if (subsystem !== NFNL_SUBSYS_CTNETLINK || !KNOWN_MESSAGES.includes(message)) {
    throw new DecodeError(`nlmsghdr: type ${(subsystem << 8) | message}`, { code: 'ERR_MESSAGE_TYPE', at: at + 4 });
  }
  return {
    family: bytes[at + FAMILY_OFFSET] ?? 0,
    version: bytes[at + VERSION_OFFSET] ?? 0,
    resId: ((bytes[at + RES_ID_OFFSET] ?? 0) << 8) | (bytes[at + RES_ID_OFFSET + 1] ?? 0),
    message,
    flags: (bytes[at + 6] ?? 0) | ((bytes[at + 7] ?? 0) << 8),
    portId: readU32(bytes, at + 12) ?? 0,
    attributes: at + CONNTRACK_HEADER_SIZE,
    end: at + length,
  };
}

/**
 * Reads the header of a message that is one of some kinds, `IPCTNL_MSG_CT_*`.
 * @throws DecodeError as {@link readConntrackHeader}
 */
export function readHeaderOf(bytes: Uint8Array, at: number, ...messages: readonly number[]): ConntrackHeader {
  const header = readConntrackHeader(bytes, at);
  if (messages.includes(header.message)) return header;
  throw new DecodeError(`nlmsghdr: message ${header.message}`, { code: 'ERR_MESSAGE_TYPE', at: at + 4 });
}

const KNOWN_MESSAGES: readonly number[] = [
  IPCTNL_MSG_CT_NEW,
  IPCTNL_MSG_CT_DELETE,
  IPCTNL_MSG_CT_GET_STATS_CPU,
  IPCTNL_MSG_CT_GET_STATS,
];

/** Returns the kind of an event by its header. The kernel sends new and changed flows with one type. */
export function eventKindOf({ message, flags }: Pick<ConntrackHeader, 'message' | 'flags'>): KernelEventKind {
  if (message === IPCTNL_MSG_CT_DELETE) return 'destroy';
  return (flags & (NLM_F_CREATE | NLM_F_EXCL)) === 0 ? 'update' : 'new';
}
