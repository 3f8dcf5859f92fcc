/** Constants of netlink.h, inet_diag.h and sock_diag.h (include/uapi/linux), with the kernel's names. */

/** Message type: no operation. */
export const NLMSG_NOOP = 1;

/** Message type: a negative errno, or 0 as an acknowledgement. */
export const NLMSG_ERROR = 2;

/** Message type: end of a dump, with an errno. */
export const NLMSG_DONE = 3;

/** Message type: data was lost. */
export const NLMSG_OVERRUN = 4;

/** Bytes of `struct nlmsghdr`: u32 length, u16 type, u16 flags, u32 sequence, u32 port. */
export const NLMSG_HDRLEN = 16;

/** Alignment of messages, in bytes. */
export const NLMSG_ALIGNTO = 4;

/** Flag: the message is a request. */
export const NLM_F_REQUEST = 0x1;

/** Flag: part of a multi-message reply, which NLMSG_DONE ends. */
export const NLM_F_MULTI = 0x2;

/** Flag of a request: acknowledge with NLMSG_ERROR 0. */
export const NLM_F_ACK = 0x4;

/** Flag: the dump is inconsistent, because the dumped table changed meanwhile. inet_diag never sets it. */
export const NLM_F_DUMP_INTR = 0x10;

/** Flag of a request: start at the table's root. */
export const NLM_F_ROOT = 0x100;

/** Flag of a request: return all matching entries. */
export const NLM_F_MATCH = 0x200;

/** Flag of a request to create: fail if the object exists. In events of netfilter: the object is new. */
export const NLM_F_EXCL = 0x200;

/** Flag of a request: create the object if it does not exist. In events of netfilter: the object is new. */
export const NLM_F_CREATE = 0x400;

/** Flags of a request for a complete dump. */
export const NLM_F_DUMP = NLM_F_ROOT | NLM_F_MATCH;

/** Bytes of `struct nlattr`: u16 length, u16 type. */
export const NLA_HDRLEN = 4;

/** Alignment of attributes, in bytes. */
export const NLA_ALIGNTO = 4;

/** Flag within an attribute's type: the payload consists of attributes. */
export const NLA_F_NESTED = 0x8000;

/** Flag within an attribute's type: integers in the payload are big-endian. */
export const NLA_F_NET_BYTEORDER = 0x4000;

/** Mask of an attribute's type without its flags. */
export const NLA_TYPE_MASK = 0x3fff;

/** Address family: any. */
export const AF_UNSPEC = 0;

/** Address family: IPv4; an address uses the first 4 of 16 bytes. */
export const AF_INET = 2;

/** Address family: IPv6, including IPv4 peers of IPv6 sockets as ::ffff:a.b.c.d. */
export const AF_INET6 = 10;
