/**
 * The kernel's word that a TCP socket was freed: a multicast of `nlmsghdr` (type SOCK_DIAG_BY_FAMILY), `inet_diag_msg` in
 * state CLOSE, and the final `tcp_info` — net/core/sock_diag.c, sock_diag_broadcast_destroy().
 */
import { fieldOf, TcpState } from '../tcp/index.js';
import { NLMSG_HDRLEN, SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET6_TCP_DESTROY } from './constants.js';
import { IdiagTimer, INET_DIAG_MSG, INET_DIAG_MSG_ID_OFFSET, INET_DIAG_SOCKID } from './inet-diag-msg.js';

/** The groups of TCP over IPv4 and IPv6, bit `1 << (group - 1)`. */
export const TCP_DESTROY_GROUPS: number =
  (1 << (SKNLGRP_INET_TCP_DESTROY - 1)) | (1 << (SKNLGRP_INET6_TCP_DESTROY - 1));

/** What one event takes of a receive buffer: the message and the kernel's `sk_buff` around it, bytes. Linux 6.18. */
export const DESTROY_EVENT_TRUESIZE = 1280;

/**
 * How a message of a scan shows that the full socket is no more: a mini-socket, which is kept in FIN_WAIT2 or TIME_WAIT,
 * has the time-wait timer, and no other socket has. Its end was told when it took the full socket's place.
 */
export const MINI_SOCKET = { offset: fieldOf(INET_DIAG_MSG, 'timer').offset, value: IdiagTimer.TimeWait } as const;

/**
 * How a message of a scan shows a socket that ended while the kernel walked past it: it is in CLOSE, which no scan asks
 * for, and may have lost its own port already. Its event is on the way.
 */
export const DYING_SOCKET = { offset: fieldOf(INET_DIAG_MSG, 'state').offset, value: TcpState.CLOSE } as const;

// include/uapi/linux/bpf_common.h
const BPF_LD_H_ABS = 0x28;
const BPF_JMP_JEQ_K = 0x15;
const BPF_RET_K = 0x06;
const ACCEPT = 0xffff_ffff;
const DROP = 0;

/**
 * A socket filter (`struct sock_filter`, 8 bytes each) that drops the events of sockets that never were connected nor
 * bound: both their ports are 0. A socket without a peer that has a port of its own may have had a peer: one that was
 * refused, or reset by its own end (SO_LINGER 0), has forgotten it by then (tcp_disconnect), and only its cookie tells.
 */
export function unboundSocketsFilter(): Uint8Array {
  const id = NLMSG_HDRLEN + INET_DIAG_MSG_ID_OFFSET;
  return assemble([
    { code: BPF_LD_H_ABS, k: id + fieldOf(INET_DIAG_SOCKID, 'dport').offset },
    { code: BPF_JMP_JEQ_K, jt: 0, jf: 3, k: 0 },
    { code: BPF_LD_H_ABS, k: id + fieldOf(INET_DIAG_SOCKID, 'sport').offset },
    { code: BPF_JMP_JEQ_K, jt: 0, jf: 1, k: 0 },
    { code: BPF_RET_K, k: DROP },
    { code: BPF_RET_K, k: ACCEPT },
  ]);
}

/** `struct sock_filter` — include/uapi/linux/filter.h. */
interface Instruction {
  readonly code: number;
  readonly jt?: number;
  readonly jf?: number;
  readonly k: number;
}

function assemble(program: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * 8);
  const view = new DataView(bytes.buffer);
  program.forEach(({ code, jt = 0, jf = 0, k }, i) => {
    view.setUint16(i * 8, code, true);
    view.setUint8(i * 8 + 2, jt);
    view.setUint8(i * 8 + 3, jf);
    view.setUint32(i * 8 + 4, k, true);
  });
  return bytes;
}
