/** struct inet_diag_msg — include/uapi/linux/inet_diag.h, 72 bytes, and its struct inet_diag_sockid, 48 bytes at 4. */
import { defineStruct, fieldOf, readFixedStruct, requireBytes, type Struct } from '../netlink/index.js';

/** Bytes of `struct inet_diag_msg`; attributes follow. */
export const INET_DIAG_MSG_SIZE = 72;
/** Offset of `struct inet_diag_sockid` in `struct inet_diag_msg`. */
export const INET_DIAG_MSG_ID_OFFSET = 4;

/** Identity of a socket: `struct inet_diag_sockid`. */
export interface InetDiagSockId {
  /** Local port. */
  readonly sport: number;
  /** Remote port; 0 for a socket that was never connected. */
  readonly dport: number;
  /** Local address: a copy of 16 bytes; IPv4 uses the first 4. {@link formatAddress} formats it. */
  readonly src: Uint8Array;
  /** Remote address: a copy of 16 bytes; IPv4 uses the first 4. */
  readonly dst: Uint8Array;
  /** `idiag_if`: index of the interface that the socket is bound to, host order; 0 if unbound. */
  readonly interface: number;
  /** The kernel's cookie for the socket: unsigned, unique until reboot. */
  readonly cookie: bigint;
}

/** Decoded `struct inet_diag_msg`: the part of a message before the attributes. */
export interface InetDiagMsg {
  /** AF_INET or AF_INET6. */
  readonly family: number;
  /** Connection state, a `TcpState`. A TIME_WAIT socket in its FIN_WAIT2 phase has FIN_WAIT2, without tcp_info. */
  readonly state: number;
  /** Running timer, an {@link IdiagTimer}. */
  readonly timer: number;
  /** Retransmissions or probes, as counted by the running timer. */
  readonly retrans: number;
  readonly id: InetDiagSockId;
  /** Milliseconds until the timer fires; 0 if none runs. */
  readonly expiresMs: number;
  /** Bytes received and not read yet; a FIN counts one. LISTEN: connections waiting for accept. */
  readonly rqueue: number;
  /** Bytes not sent yet, or sent and not acknowledged. LISTEN: limit of the backlog. */
  readonly wqueue: number;
  /** User id of the owner, in the reader's user namespace; 0 for SYN_RECV and TIME_WAIT and in destroy events. */
  readonly uid: number;
  /** Inode of the socket; 0 before accept, in destroy events, and if no process holds the socket. */
  readonly inode: number;
}

/** Values of `idiag_timer`. */
export const IdiagTimer = { None: 0, Retransmit: 1, Keepalive: 2, TimeWait: 3, ZeroWindowProbe: 4 } as const;

/** Table of `struct inet_diag_sockid`. */
export const INET_DIAG_SOCKID: Struct<InetDiagSockId> = defineStruct<InetDiagSockId>('struct inet_diag_sockid', 48, {
  sport: { cName: 'idiag_sport', offset: 0, size: 2, kind: 'be16', unit: 'id', since: '2.6' },
  dport: { cName: 'idiag_dport', offset: 2, size: 2, kind: 'be16', unit: 'id', since: '2.6' },
  src: { cName: 'idiag_src', offset: 4, size: 16, kind: 'bytes', unit: 'address', since: '2.6' },
  dst: { cName: 'idiag_dst', offset: 20, size: 16, kind: 'bytes', unit: 'address', since: '2.6' },
  interface: { cName: 'idiag_if', offset: 36, size: 4, kind: 'u32', unit: 'id', since: '2.6' },
  cookie: { cName: 'idiag_cookie', offset: 40, size: 8, kind: 'id64', unit: 'id', since: '2.6' },
});

/** Table of `struct inet_diag_msg`, without the id: see {@link INET_DIAG_SOCKID}. */
export const INET_DIAG_MSG: Struct<Omit<InetDiagMsg, 'id'>> = defineStruct<Omit<InetDiagMsg, 'id'>>(
  'struct inet_diag_msg',
  INET_DIAG_MSG_SIZE,
  {
    family: { cName: 'idiag_family', offset: 0, size: 1, kind: 'u8', unit: 'enum', since: '2.6' },
    state: { cName: 'idiag_state', offset: 1, size: 1, kind: 'u8', unit: 'enum', since: '2.6' },
    timer: { cName: 'idiag_timer', offset: 2, size: 1, kind: 'u8', unit: 'enum', since: '2.6' },
    retrans: { cName: 'idiag_retrans', offset: 3, size: 1, kind: 'u8', unit: 'events', since: '2.6' },
    expiresMs: { cName: 'idiag_expires', offset: 52, size: 4, kind: 'u32', unit: 'ms', since: '2.6' },
    rqueue: { cName: 'idiag_rqueue', offset: 56, size: 4, kind: 'u32', unit: 'bytes', since: '2.6' },
    wqueue: { cName: 'idiag_wqueue', offset: 60, size: 4, kind: 'u32', unit: 'bytes', since: '2.6' },
    uid: { cName: 'idiag_uid', offset: 64, size: 4, kind: 'u32', unit: 'id', since: '2.6' },
    inode: { cName: 'idiag_inode', offset: 68, size: 4, kind: 'u32', unit: 'id', since: '2.6' },
  },
);

/** Offset of the cookie, the 8-byte key of a socket, in `struct inet_diag_msg`. */
export const INET_DIAG_MSG_COOKIE_OFFSET: number = INET_DIAG_MSG_ID_OFFSET + fieldOf(INET_DIAG_SOCKID, 'cookie').offset;

/** Offset of `idiag_state`, one byte, in `struct inet_diag_msg`. */
export const INET_DIAG_MSG_STATE_OFFSET: number = fieldOf(INET_DIAG_MSG, 'state').offset;
const FAMILY_OFFSET = fieldOf(INET_DIAG_MSG, 'family').offset;
const INODE_OFFSET = fieldOf(INET_DIAG_MSG, 'inode').offset;
const SPORT_OFFSET = INET_DIAG_MSG_ID_OFFSET + fieldOf(INET_DIAG_SOCKID, 'sport').offset;
const DPORT_OFFSET = INET_DIAG_MSG_ID_OFFSET + fieldOf(INET_DIAG_SOCKID, 'dport').offset;

/**
 * Decodes a `struct inet_diag_msg`: the first 72 bytes; more may follow.
 * @throws DecodeError `ERR_TRUNCATED` when there are fewer, as the other functions of this file do.
 */
export function decodeInetDiagMsg(rawIdm: Uint8Array): InetDiagMsg {
  const msg: Omit<InetDiagMsg, 'id'> & { id?: InetDiagSockId } = readFixedStruct(rawIdm, INET_DIAG_MSG, 0);
  msg.id = decodeSockId(rawIdm);
  return msg as InetDiagMsg;
}

/** Decodes only the socket's identity from a `struct inet_diag_msg`. */
export function decodeSockId(rawIdm: Uint8Array): InetDiagSockId {
  requireMsg(rawIdm);
  return readFixedStruct(rawIdm, INET_DIAG_SOCKID, INET_DIAG_MSG_ID_OFFSET);
}

/** Reads `idiag_family`: AF_INET or AF_INET6. */
export function readFamily(rawIdm: Uint8Array): number {
  return readByte(rawIdm, FAMILY_OFFSET);
}

/** Reads `idiag_state`, a `TcpState`. */
export function readState(rawIdm: Uint8Array): number {
  return readByte(rawIdm, INET_DIAG_MSG_STATE_OFFSET);
}

/** Reads `idiag_inode`: 0 while no program holds the socket. */
export function readInode(rawIdm: Uint8Array): number {
  requireMsg(rawIdm);
  const at = INODE_OFFSET;
  return (
    ((rawIdm[at] ?? 0) |
      ((rawIdm[at + 1] ?? 0) << 8) |
      ((rawIdm[at + 2] ?? 0) << 16) |
      ((rawIdm[at + 3] ?? 0) << 24)) >>>
    0
  );
}

/** Reads the local port. */
export function readSport(rawIdm: Uint8Array): number {
  return readByte(rawIdm, SPORT_OFFSET) * 256 + readByte(rawIdm, SPORT_OFFSET + 1);
}

/** Reads the remote port. */
export function readDport(rawIdm: Uint8Array): number {
  return readByte(rawIdm, DPORT_OFFSET) * 256 + readByte(rawIdm, DPORT_OFFSET + 1);
}

// For every message of a scan: four times as fast as a new DataView. Both arrays have the machine's byte order.
const cookieWords = new BigUint64Array(1);
const cookieBytes = new Uint8Array(cookieWords.buffer);

/** Reads `idiag_cookie`, unsigned, of the `inet_diag_msg` that begins at `at`. */
export function readCookie(bytes: Uint8Array, at = 0): bigint {
  requireBytes(bytes, at, INET_DIAG_MSG_SIZE, INET_DIAG_MSG.cName);
  const from = at + INET_DIAG_MSG_COOKIE_OFFSET;
  for (let i = 0; i < 8; i++) cookieBytes[i] = bytes[from + i] ?? 0;
  return cookieWords[0] ?? 0n;
}

function readByte(rawIdm: Uint8Array, offset: number): number {
  requireMsg(rawIdm);
  return rawIdm[offset] ?? 0;
}

function requireMsg(rawIdm: Uint8Array): void {
  requireBytes(rawIdm, 0, INET_DIAG_MSG_SIZE, INET_DIAG_MSG.cName);
}
