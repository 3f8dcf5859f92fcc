/** Constants of nfnetlink_conntrack.h (include/uapi/linux/netfilter), with the kernel's names. */

/** Message: a flow, in answers and in events of new and changed flows. */
export const IPCTNL_MSG_CT_NEW = 0;
/** Message: request for one flow, or for all flows as a dump. */
export const IPCTNL_MSG_CT_GET = 1;
/** Message: request to delete a flow, and event of a flow that left the table. Without a tuple it empties the table. */
export const IPCTNL_MSG_CT_DELETE = 2;
/** Message: as IPCTNL_MSG_CT_GET; the kernel sets the counters of each flow to zero. */
export const IPCTNL_MSG_CT_GET_CTRZERO = 3;
/** Message: statistics, a dump with one answer for each CPU. */
export const IPCTNL_MSG_CT_GET_STATS_CPU = 4;
/** Message: number of flows and its limit. */
export const IPCTNL_MSG_CT_GET_STATS = 5;

/** Attribute: nested, tuple of the direction that opened the flow. */
export const CTA_TUPLE_ORIG = 1;
/** Attribute: nested, tuple of answers; it shows translations. */
export const CTA_TUPLE_REPLY = 2;
/** Attribute: be32 status bits. */
export const CTA_STATUS = 3;
/** Attribute: nested, state of the protocol. */
export const CTA_PROTOINFO = 4;
/** Attribute: nested, helper of the flow. */
export const CTA_HELP = 5;
/** Attribute: be32 seconds until the flow expires. */
export const CTA_TIMEOUT = 7;
/** Attribute: be32 mark. */
export const CTA_MARK = 8;
/** Attribute: nested, counters of the direction that opened the flow. */
export const CTA_COUNTERS_ORIG = 9;
/** Attribute: nested, counters of answers. */
export const CTA_COUNTERS_REPLY = 10;
/** Attribute: be32 number of references. */
export const CTA_USE = 11;
/** Attribute: be32 id of the flow, a hash. */
export const CTA_ID = 12;
/** Attribute: nested, tuple of the flow that made the kernel expect this one. */
export const CTA_TUPLE_MASTER = 14;
/** Attribute: nested, adjustment of sequence numbers in the direction that opened the flow. */
export const CTA_SEQ_ADJ_ORIG = 15;
/** Attribute: nested, adjustment of sequence numbers in answers. */
export const CTA_SEQ_ADJ_REPLY = 16;
/** Attribute: be32, obsolete. */
export const CTA_SECMARK = 17;
/** Attribute: be16 zone of both directions; absent for zone 0. */
export const CTA_ZONE = 18;
/** Attribute: nested, security context. */
export const CTA_SECCTX = 19;
/** Attribute: nested, times of start and stop. */
export const CTA_TIMESTAMP = 20;
/** Attribute of a request: be32 mask of CTA_MARK. */
export const CTA_MARK_MASK = 21;
/** Attribute: 16 bytes, labels. */
export const CTA_LABELS = 22;
/** Attribute: nested, state of the SYN proxy. */
export const CTA_SYNPROXY = 24;
/** Attribute of a request: nested, parts of the tuples that must be equal; since 5.8. */
export const CTA_FILTER = 25;
/** Attribute of a request: be32 mask of CTA_STATUS; since 5.15. */
export const CTA_STATUS_MASK = 26;
/** Attribute of an event: be64 nanoseconds since 1970. */
export const CTA_TIMESTAMP_EVENT = 27;

/** Attribute within a tuple: nested, addresses. */
export const CTA_TUPLE_IP = 1;
/** Attribute within a tuple: nested, protocol and ports. */
export const CTA_TUPLE_PROTO = 2;
/** Attribute within a tuple: be16 zone of this direction alone. */
export const CTA_TUPLE_ZONE = 3;

/** Attribute within CTA_TUPLE_IP: 4 bytes, source. */
export const CTA_IP_V4_SRC = 1;
/** Attribute within CTA_TUPLE_IP: 4 bytes, destination. */
export const CTA_IP_V4_DST = 2;
/** Attribute within CTA_TUPLE_IP: 16 bytes, source. */
export const CTA_IP_V6_SRC = 3;
/** Attribute within CTA_TUPLE_IP: 16 bytes, destination. */
export const CTA_IP_V6_DST = 4;

/** Attribute within CTA_TUPLE_PROTO: u8 IP protocol. */
export const CTA_PROTO_NUM = 1;
/** Attribute within CTA_TUPLE_PROTO: be16 source port. */
export const CTA_PROTO_SRC_PORT = 2;
/** Attribute within CTA_TUPLE_PROTO: be16 destination port. */
export const CTA_PROTO_DST_PORT = 3;
/** Attribute within CTA_TUPLE_PROTO: be16 identifier of ICMP. */
export const CTA_PROTO_ICMP_ID = 4;
/** Attribute within CTA_TUPLE_PROTO: u8 type of ICMP. */
export const CTA_PROTO_ICMP_TYPE = 5;
/** Attribute within CTA_TUPLE_PROTO: u8 code of ICMP. */
export const CTA_PROTO_ICMP_CODE = 6;
/** Attribute within CTA_TUPLE_PROTO: be16 identifier of ICMPv6. */
export const CTA_PROTO_ICMPV6_ID = 7;
/** Attribute within CTA_TUPLE_PROTO: u8 type of ICMPv6. */
export const CTA_PROTO_ICMPV6_TYPE = 8;
/** Attribute within CTA_TUPLE_PROTO: u8 code of ICMPv6. */
export const CTA_PROTO_ICMPV6_CODE = 9;

/** Attribute within CTA_PROTOINFO: nested, TCP. */
export const CTA_PROTOINFO_TCP = 1;
/** Attribute within CTA_PROTOINFO: nested, DCCP. */
export const CTA_PROTOINFO_DCCP = 2;
/** Attribute within CTA_PROTOINFO: nested, SCTP. */
export const CTA_PROTOINFO_SCTP = 3;

/** Attribute within CTA_PROTOINFO_TCP: u8 state. */
export const CTA_PROTOINFO_TCP_STATE = 1;
/** Attribute within CTA_PROTOINFO_TCP: u8 window scale of the direction that opened the flow. */
export const CTA_PROTOINFO_TCP_WSCALE_ORIGINAL = 2;
/** Attribute within CTA_PROTOINFO_TCP: u8 window scale of answers. */
export const CTA_PROTOINFO_TCP_WSCALE_REPLY = 3;
/** Attribute within CTA_PROTOINFO_TCP: `struct nf_ct_tcp_flags` of the direction that opened the flow. */
export const CTA_PROTOINFO_TCP_FLAGS_ORIGINAL = 4;
/** Attribute within CTA_PROTOINFO_TCP: `struct nf_ct_tcp_flags` of answers. */
export const CTA_PROTOINFO_TCP_FLAGS_REPLY = 5;

/** Attribute within CTA_HELP and CTA_SECCTX: a name, NUL-terminated. */
export const CTA_HELP_NAME = 1;
/** Attribute within CTA_HELP: nested, data of the helper; the kernel never sends it. */
export const CTA_HELP_INFO = 2;
/** Attribute within CTA_SECCTX: the security context, NUL-terminated. */
export const CTA_SECCTX_NAME = 1;

/** Attribute within CTA_COUNTERS_*: be64 packets. */
export const CTA_COUNTERS_PACKETS = 1;
/** Attribute within CTA_COUNTERS_*: be64 bytes, IP headers included. */
export const CTA_COUNTERS_BYTES = 2;
/** Attribute within CTA_COUNTERS_*: filler for alignment. */
export const CTA_COUNTERS_PAD = 5;
/** Attribute within CTA_TIMESTAMP: be64 nanoseconds since 1970, start of the flow. */
export const CTA_TIMESTAMP_START = 1;
/** Attribute within CTA_TIMESTAMP: be64 nanoseconds since 1970, end of the flow. */
export const CTA_TIMESTAMP_STOP = 2;
/** Attribute within CTA_TIMESTAMP: filler for alignment. */
export const CTA_TIMESTAMP_PAD = 3;
/** Attribute within CTA_PROTOINFO_DCCP: filler for alignment. */
export const CTA_PROTOINFO_DCCP_PAD = 4;

/** Attribute within CTA_FILTER: u32 in host order, compared parts of CTA_TUPLE_ORIG, `CTA_FILTER_F_*`. */
export const CTA_FILTER_ORIG_FLAGS = 1;
/** Attribute within CTA_FILTER: u32 in host order, compared parts of CTA_TUPLE_REPLY. */
export const CTA_FILTER_REPLY_FLAGS = 2;

/** Flag of a filter: the source address. The flags are in net/netfilter/nf_conntrack_netlink.c. */
export const CTA_FILTER_F_CTA_IP_SRC = 1;
/** Flag of a filter: the destination address. */
export const CTA_FILTER_F_CTA_IP_DST = 2;
/** Flag of a filter: the zone. */
export const CTA_FILTER_F_CTA_TUPLE_ZONE = 4;
/** Flag of a filter: the protocol. Ports need it. */
export const CTA_FILTER_F_CTA_PROTO_NUM = 8;
/** Flag of a filter: the source port. */
export const CTA_FILTER_F_CTA_PROTO_SRC_PORT = 16;
/** Flag of a filter: the destination port. */
export const CTA_FILTER_F_CTA_PROTO_DST_PORT = 32;
