/** Constants of netlink.h, inet_diag.h and sock_diag.h (include/uapi/linux), with the kernel's names. */

/** Netlink protocol for socket monitoring. */
export const NETLINK_SOCK_DIAG = 4;

/** Message type: request for TCP sockets of both families (`struct inet_diag_req`), and each reply. */
export const TCPDIAG_GETSOCK = 18;

/** Message type: request for sockets of one family (`struct inet_diag_req_v2`), each reply, and destroy events. */
export const SOCK_DIAG_BY_FAMILY = 20;

/** Message type: request to close a socket (`struct inet_diag_req_v2`, needs CAP_NET_ADMIN). */
export const SOCK_DESTROY = 21;

/** IP protocol: TCP. */
export const IPPROTO_TCP = 6;

/** Protocol of MPTCP's connection-level sockets. It does not fit one byte: requests need INET_DIAG_REQ_PROTOCOL. */
export const IPPROTO_MPTCP = 262;

/** Request attribute: filter program. */
export const INET_DIAG_REQ_BYTECODE = 1;

/** Request attribute: BPF socket storages to report; since 5.7, needs CAP_BPF. */
export const INET_DIAG_REQ_SK_BPF_STORAGES = 2;

/** Request attribute: u32 protocol, instead of the header's byte; since 5.9. */
export const INET_DIAG_REQ_PROTOCOL = 3;

/** Attribute: `struct inet_diag_meminfo`. */
export const INET_DIAG_MEMINFO = 1;

/** Attribute: `struct tcp_info`, for full sockets (`struct mptcp_info` for IPPROTO_MPTCP sockets). */
export const INET_DIAG_INFO = 2;

/** Attribute: `struct tcpvegas_info`, for congestion controls like vegas, westwood, illinois. */
export const INET_DIAG_VEGASINFO = 3;

/** Attribute: name of the congestion control, NUL-terminated. */
export const INET_DIAG_CONG = 4;

/** Attribute: u8, the IPv4 TOS byte. */
export const INET_DIAG_TOS = 5;

/** Attribute: u8, the IPv6 traffic class. */
export const INET_DIAG_TCLASS = 6;

/** Attribute: u32 array, indexed by `SK_MEMINFO_*`. */
export const INET_DIAG_SKMEMINFO = 7;

/** Attribute: u8, directions that are shut down. */
export const INET_DIAG_SHUTDOWN = 8;

/** Attribute: `struct tcp_dctcp_info`; requested with VEGASINFO. */
export const INET_DIAG_DCTCPINFO = 9;

/** Attribute: u8, IP protocol; only in destroy events and for raw sockets. */
export const INET_DIAG_PROTOCOL = 10;

/** Attribute: u8, 1 if IPV6_V6ONLY is set; in states LISTEN and CLOSE. */
export const INET_DIAG_SKV6ONLY = 11;

/** Attribute: local addresses; SCTP only. */
export const INET_DIAG_LOCALS = 12;

/** Attribute: peer addresses; SCTP only. */
export const INET_DIAG_PEERS = 13;

/** Attribute: filler for alignment. */
export const INET_DIAG_PAD = 14;

/** Attribute: u32 SO_MARK; needs CAP_NET_ADMIN. */
export const INET_DIAG_MARK = 15;

/** Attribute: `struct tcp_bbr_info`; requested with VEGASINFO. */
export const INET_DIAG_BBRINFO = 16;

/** Attribute: u32 net_cls class, else SO_PRIORITY; requested with TCLASS. */
export const INET_DIAG_CLASS_ID = 17;

/** Attribute: TCP-MD5 keys in plain text. A secret: never decoded, never archived. */
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

/** Multicast group: destroyed IPv4 UDP sockets. */
export const SKNLGRP_INET_UDP_DESTROY = 2;

/** Multicast group: destroyed IPv6 TCP sockets. */
export const SKNLGRP_INET6_TCP_DESTROY = 3;

/** Multicast group: destroyed IPv6 UDP sockets. */
export const SKNLGRP_INET6_UDP_DESTROY = 4;
