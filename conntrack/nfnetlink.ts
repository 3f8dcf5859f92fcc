/** Constants and layout of nfnetlink.h (include/uapi/linux/netfilter), with the kernel's names. */
import { defineStruct, type Struct } from '../netlink/index.js';

/** Netlink protocol for netfilter — include/uapi/linux/netlink.h. */
export const NETLINK_NETFILTER = 12;

/** Subsystem: connection tracking. It is the upper byte of a message's type. */
export const NFNL_SUBSYS_CTNETLINK = 1;

/** Version of `struct nfgenmsg` in the kernel's answers. */
export const NFNETLINK_V0 = 0;
/** Version of `struct nfgenmsg` in requests: with another one, DELETE ignores the address family. */
export const NFNETLINK_V1 = 1;

/** Multicast group: new flows. */
export const NFNLGRP_CONNTRACK_NEW = 1;
/** Multicast group: changed flows. */
export const NFNLGRP_CONNTRACK_UPDATE = 2;
/** Multicast group: flows that left the table. */
export const NFNLGRP_CONNTRACK_DESTROY = 3;

/** Multicast groups of all events of flows, as bits `1 << (group - 1)`. */
export const CONNTRACK_GROUPS: number =
  (1 << (NFNLGRP_CONNTRACK_NEW - 1)) | (1 << (NFNLGRP_CONNTRACK_UPDATE - 1)) | (1 << (NFNLGRP_CONNTRACK_DESTROY - 1));

/** Bytes of `struct nfgenmsg`; attributes follow. */
export const NFGENMSG_SIZE = 4;

/** Decoded `struct nfgenmsg`: the part of a message between `nlmsghdr` and the attributes. */
export interface NfGenMsg {
  /** AF_INET, AF_INET6, or AF_UNSPEC for both. */
  readonly family: number;
  readonly version: number;
  /** Resource; in statistics of a CPU, the CPU's number. */
  readonly resId: number;
}

/** Table of `struct nfgenmsg`. */
export const NFGENMSG: Struct<NfGenMsg> = defineStruct<NfGenMsg>('struct nfgenmsg', NFGENMSG_SIZE, {
  family: { cName: 'nfgen_family', offset: 0, size: 1, kind: 'u8', unit: 'enum', since: '2.6' },
  version: { cName: 'version', offset: 1, size: 1, kind: 'u8', unit: 'raw', since: '2.6' },
  resId: { cName: 'res_id', offset: 2, size: 2, kind: 'be16', unit: 'id', since: '2.6' },
});
