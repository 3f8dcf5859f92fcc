/** Attributes that are one integer — include/uapi/linux/inet_diag.h; filled in net/ipv4/inet_diag.c. */
import { type AttributeTable, defineAttributes } from '../netlink/index.js';
import {
  INET_DIAG_CGROUP_ID,
  INET_DIAG_CLASS_ID,
  INET_DIAG_MARK,
  INET_DIAG_PROTOCOL,
  INET_DIAG_SHUTDOWN,
  INET_DIAG_SKV6ONLY,
  INET_DIAG_TCLASS,
  INET_DIAG_TOS,
} from './constants.js';

/** Values of the attributes that hold one integer; absent if the kernel did not send the attribute. */
export interface ScalarAttributes {
  /** IPv4 TOS byte of sent packets. */
  readonly tos?: number;
  /** IPv6 traffic class of sent packets; only for AF_INET6 sockets. */
  readonly tclass?: number;
  /** Directions that are shut down, {@link RCV_SHUTDOWN} and {@link SEND_SHUTDOWN}; only for full sockets. */
  readonly shutdown?: number;
  /** IP protocol; only in destroy events and for raw sockets. */
  readonly protocol?: number;
  /** IPV6_V6ONLY; only for AF_INET6 sockets in states LISTEN and CLOSE. */
  readonly v6only?: boolean;
  /** SO_MARK; only for readers with CAP_NET_ADMIN. */
  readonly mark?: number;
  /** net_cls class of the owner's cgroup, or SO_PRIORITY if it has none. */
  readonly classId?: number;
  /** Id of the cgroup v2 in which the socket was created: the inode of its directory. */
  readonly cgroupId?: bigint;
}

/** `shutdown` bit: the receive direction is shut down — include/net/sock.h. */
export const RCV_SHUTDOWN = 1;
/** `shutdown` bit: the send direction is shut down — include/net/sock.h. */
export const SEND_SHUTDOWN = 2;

const BYTE = { offset: 0, size: 1, kind: 'u8' } as const;
const WORD = { offset: 0, size: 4, kind: 'u32' } as const;

/** Table of the attributes that hold one integer. */
export const SCALAR_ATTRIBUTES: AttributeTable<ScalarAttributes> = defineAttributes<ScalarAttributes>({
  tos: { attribute: INET_DIAG_TOS, cName: 'INET_DIAG_TOS', ...BYTE, unit: 'bits', since: '2.6' },
  tclass: { attribute: INET_DIAG_TCLASS, cName: 'INET_DIAG_TCLASS', ...BYTE, unit: 'bits', since: '2.6' },
  shutdown: { attribute: INET_DIAG_SHUTDOWN, cName: 'INET_DIAG_SHUTDOWN', ...BYTE, unit: 'bits', since: '3.7' },
  protocol: { attribute: INET_DIAG_PROTOCOL, cName: 'INET_DIAG_PROTOCOL', ...BYTE, unit: 'enum', since: '4.2' },
  v6only: {
    attribute: INET_DIAG_SKV6ONLY,
    cName: 'INET_DIAG_SKV6ONLY',
    offset: 0,
    size: 1,
    kind: 'flag',
    bits: [0, 8],
    unit: 'bool',
    since: '4.3',
  },
  mark: { attribute: INET_DIAG_MARK, cName: 'INET_DIAG_MARK', ...WORD, unit: 'id', since: '4.8' },
  classId: { attribute: INET_DIAG_CLASS_ID, cName: 'INET_DIAG_CLASS_ID', ...WORD, unit: 'id', since: '4.12' },
  cgroupId: {
    attribute: INET_DIAG_CGROUP_ID,
    cName: 'INET_DIAG_CGROUP_ID',
    offset: 0,
    size: 8,
    kind: 'id64',
    unit: 'id',
    since: '5.8',
  },
});
