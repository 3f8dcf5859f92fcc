/** Numbers of inet_diag.h and sock_diag.h (include/uapi/linux), named as there. */

/** Netlink protocol for socket monitoring. */
export const NETLINK_SOCK_DIAG = 4;

/** Message type: request for TCP sockets of both families (`struct inet_diag_req`), and each reply. */
export const TCPDIAG_GETSOCK = 18;

/** Message type: asks for, and carries, sockets of one family (`struct inet_diag_req_v2`); also of destroy events. */
export const SOCK_DIAG_BY_FAMILY = 20;

/** Message type: closes a socket (`struct inet_diag_req_v2`, with CAP_NET_ADMIN). */
export const SOCK_DESTROY = 21;

/** IP protocol: TCP. */
export const IPPROTO_TCP = 6;

/** Protocol of MPTCP's connection-level sockets. Not a byte: asked for with INET_DIAG_REQ_PROTOCOL. */
export const IPPROTO_MPTCP = 262;

/** Request attribute: filter program. */
export const INET_DIAG_REQ_BYTECODE = 1;

/** Request attribute: which BPF socket storages to report; since 5.7, with CAP_BPF. */
export const INET_DIAG_REQ_SK_BPF_STORAGES = 2;

/** Request attribute: u32 protocol, in place of the header's byte; since 5.9. */
export const INET_DIAG_REQ_PROTOCOL = 3;

/** Attribute: `struct inet_diag_meminfo`. */
export const INET_DIAG_MEMINFO = 1;

/** Attribute: `struct tcp_info`, of full sockets (`struct mptcp_info` of IPPROTO_MPTCP sockets). */
export const INET_DIAG_INFO = 2;

/** Attribute: `struct tcpvegas_info`, of congestion controls like vegas, westwood, illinois. */
export const INET_DIAG_VEGASINFO = 3;

/** Attribute: name of the congestion control, NUL-terminated. */
export const INET_DIAG_CONG = 4;

/** Attribute: u8, the IPv4 TOS byte. */
export const INET_DIAG_TOS = 5;

/** Attribute: u8, the IPv6 traffic class. */
export const INET_DIAG_TCLASS = 6;

/** Attribute: u32 array by `SK_MEMINFO_*`. */
export const INET_DIAG_SKMEMINFO = 7;

/** Attribute: u8, which directions are shut down. */
export const INET_DIAG_SHUTDOWN = 8;

/** Attribute: `struct tcp_dctcp_info`; asked for with VEGASINFO. */
export const INET_DIAG_DCTCPINFO = 9;

/** Attribute: u8, IP protocol; in destroy events. */
export const INET_DIAG_PROTOCOL = 10;

/** Attribute: u8, whether IPV6_V6ONLY is set; in states LISTEN and CLOSE. */
export const INET_DIAG_SKV6ONLY = 11;

/** Attribute: local addresses, of SCTP. */
export const INET_DIAG_LOCALS = 12;

/** Attribute: peer addresses, of SCTP. */
export const INET_DIAG_PEERS = 13;

/** Attribute: filler for alignment. */
export const INET_DIAG_PAD = 14;

/** Attribute: u32 SO_MARK; for CAP_NET_ADMIN only. */
export const INET_DIAG_MARK = 15;

/** Attribute: `struct tcp_bbr_info`; asked for with VEGASINFO. */
export const INET_DIAG_BBRINFO = 16;

/** Attribute: u32 net_cls class, else SO_PRIORITY; asked for with TCLASS. */
export const INET_DIAG_CLASS_ID = 17;

/** Attribute: TCP-MD5 keys, in clear. A secret: never decoded, never archived. */
export const INET_DIAG_MD5SIG = 18;

/** Attribute: nested, the upper-layer protocol's name and state. */
export const INET_DIAG_ULP_INFO = 19;

/** Attribute: nested, BPF socket storages. */
export const INET_DIAG_SK_BPF_STORAGES = 20;

/** Attribute: u64 cgroup v2 id. */
export const INET_DIAG_CGROUP_ID = 21;

/** Attribute: `struct inet_diag_sockopt`. */
export const INET_DIAG_SOCKOPT = 22;

/** Value of both words of `idiag_cookie` in a request without a cookie. */
export const INET_DIAG_NOCOOKIE = 0xffff_ffff;

/** Multicast group: destroyed IPv4 TCP sockets. */
export const SKNLGRP_INET_TCP_DESTROY = 1;

/** Multicast group: IPv4 UDP sockets that were destroyed. */
export const SKNLGRP_INET_UDP_DESTROY = 2;

/** Multicast group: IPv6 TCP sockets that were destroyed. */
export const SKNLGRP_INET6_TCP_DESTROY = 3;

/** Multicast group: IPv6 UDP sockets that were destroyed. */
export const SKNLGRP_INET6_UDP_DESTROY = 4;
