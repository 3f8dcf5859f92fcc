/**
 * Destroy events: the kernel multicasts one when it frees a TCP socket. It holds `nlmsghdr` (type SOCK_DIAG_BY_FAMILY),
 * `inet_diag_msg` in state CLOSE, and the final `tcp_info` — net/core/sock_diag.c, sock_diag_broadcast_destroy().
 */
import { fieldOf } from '../netlink/index.js';
import { TcpState } from '../tcp/index.js';
import { SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET6_TCP_DESTROY } from './constants.js';
import { IdiagTimer, INET_DIAG_MSG, INET_DIAG_MSG_ID_OFFSET, INET_DIAG_SOCKID } from './inet-diag-msg.js';

/** Multicast groups of destroy events for TCP over IPv4 and IPv6, as bits `1 << (group - 1)`. */
export const TCP_DESTROY_GROUPS: number =
  (1 << (SKNLGRP_INET_TCP_DESTROY - 1)) | (1 << (SKNLGRP_INET6_TCP_DESTROY - 1));

/** Bytes of a receive buffer that one event takes: the message and the kernel's `sk_buff` around it. Linux 6.18. */
export const DESTROY_EVENT_TRUESIZE = 1280;

/**
 * Pattern of a mini-socket in a scan, which the kernel keeps in FIN_WAIT2 or TIME_WAIT after it frees the full socket.
 * Only mini-sockets have the time-wait timer. The destroy event came when the mini-socket replaced the full socket.
 */
export const MINI_SOCKET = { offset: fieldOf(INET_DIAG_MSG, 'timer').offset, bytes: [IdiagTimer.TimeWait] } as const;

/**
 * Pattern of a socket in a scan that ended while the kernel dumped it: its state is CLOSE, which no scan requests, and
 * its local port may be cleared already. Its destroy event will follow.
 */
export const DYING_SOCKET = { offset: fieldOf(INET_DIAG_MSG, 'state').offset, bytes: [TcpState.CLOSE] } as const;

/**
 * Pattern of a socket in a scan that was about to enter CLOSE: the kernel has released the port that connect() chose,
 * but not yet changed the state (tcp_set_state in net/ipv4/tcp.c). Without its port the socket would look like another
 * connection, with or without destroy events. Its destroy event has the port.
 */
export const PORTLESS_SOCKET = {
  offset: INET_DIAG_MSG_ID_OFFSET + fieldOf(INET_DIAG_SOCKID, 'sport').offset,
  bytes: [0, 0],
  always: true,
} as const;
