/** Numbers of netlink.h and socket.h (include/uapi/linux, include/linux) that every netlink family uses, named as there. */

/** Message type: nothing. */
export const NLMSG_NOOP = 1;

/** Message type: a negative errno, or 0 as an acknowledgement. */
export const NLMSG_ERROR = 2;

/** Message type: end of a dump, with an errno. */
export const NLMSG_DONE = 3;

/** Message type: data was lost. */
export const NLMSG_OVERRUN = 4;

/** Bytes of `struct nlmsghdr`: u32 length, u16 type, u16 flags, u32 sequence, u32 port. */
export const NLMSG_HDRLEN = 16;

/** Messages begin at multiples of this. */
export const NLMSG_ALIGNTO = 4;

/** Flag: this is a request. */
export const NLM_F_REQUEST = 0x1;

/** Flag: part of a reply of several messages, which NLMSG_DONE ends. */
export const NLM_F_MULTI = 0x2;

/** Flag: acknowledge with NLMSG_ERROR 0. */
export const NLM_F_ACK = 0x4;

/** Flag: what was dumped changed meanwhile. inet_diag never sets it. */
export const NLM_F_DUMP_INTR = 0x10;

/** Flag of a request: from the table's root. */
export const NLM_F_ROOT = 0x100;

/** Flag of a request: all that match. */
export const NLM_F_MATCH = 0x200;

/** Flags of a request for everything. */
export const NLM_F_DUMP = NLM_F_ROOT | NLM_F_MATCH;

/** Bytes of `struct nlattr`: u16 length, u16 type. */
export const NLA_HDRLEN = 4;

/** Attributes begin at multiples of this. */
export const NLA_ALIGNTO = 4;

/** Flag within an attribute's type: the payload is attributes. */
export const NLA_F_NESTED = 0x8000;

/** Flag within an attribute's type: integers in the payload are big-endian. */
export const NLA_F_NET_BYTEORDER = 0x4000;

/** Mask of an attribute's type without its flags. */
export const NLA_TYPE_MASK = 0x3fff;

/** Address family: any. */
export const AF_UNSPEC = 0;

/** Address family: IPv4; addresses are the first 4 of 16 bytes. */
export const AF_INET = 2;

/** Address family: IPv6, which includes IPv4 peers of IPv6 sockets as ::ffff:a.b.c.d. */
export const AF_INET6 = 10;
