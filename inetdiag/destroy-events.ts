/**
 * The kernel's word that a TCP socket was freed: a multicast of `nlmsghdr` (type SOCK_DIAG_BY_FAMILY), `inet_diag_msg` in
 * state CLOSE, and the final `tcp_info` — net/core/sock_diag.c, sock_diag_broadcast_destroy().
 */
import { fieldOf } from '../netlink/index.js';
import { TcpState } from '../tcp/index.js';
import { SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET6_TCP_DESTROY } from './constants.js';
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
export const MINI_SOCKET = { offset: fieldOf(INET_DIAG_MSG, 'timer').offset, bytes: [IdiagTimer.TimeWait] } as const;

/**
 * How a message of a scan shows a socket that ended while the kernel walked past it: it is in CLOSE, which no scan asks
 * for, and may have lost its own port already. Its event is on the way.
 */
export const DYING_SOCKET = { offset: fieldOf(INET_DIAG_MSG, 'state').offset, bytes: [TcpState.CLOSE] } as const;

/**
 * How a message of a scan shows a socket that was about to enter CLOSE: the port that connect() chose for it was given
 * back, and its state is still the one before (tcp_set_state in net/ipv4/tcp.c). Without its port it would pass for another
 * connection, whoever tells of ends. Its event has the port.
 */
export const PORTLESS_SOCKET = {
  offset: INET_DIAG_MSG_ID_OFFSET + fieldOf(INET_DIAG_SOCKID, 'sport').offset,
  bytes: [0, 0],
  always: true,
} as const;
