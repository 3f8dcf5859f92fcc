import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { NETLINK_SOCK_DIAG, SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET6_TCP_DESTROY } from '../../inetdiag/index.js';
import type { NetlinkAddon } from '../../native/index.js';

/** CAP_NET_ADMIN — include/uapi/linux/capability.h. */
const CAP_NET_ADMIN = 12n;

/** What the machine lets this process do. */
export interface Machine {
  readonly kernel: string;
  /** Sockets' marks and more of some attributes are seen only with it. */
  readonly netAdmin: boolean;
  /** Whether the kernel would tell of every socket's end: 0, or the errno with which it does not. */
  readonly destroyEventsErrno: number;
}

/** Asks the machine, changing nothing. */
export function inspectMachine(netlink: Pick<NetlinkAddon, 'joinable'>): Machine {
  const groups = (1 << (SKNLGRP_INET_TCP_DESTROY - 1)) | (1 << (SKNLGRP_INET6_TCP_DESTROY - 1));
  return {
    kernel: release(),
    netAdmin: hasCapability(readFileSync('/proc/self/status', 'utf8'), CAP_NET_ADMIN),
    destroyEventsErrno: netlink.joinable(NETLINK_SOCK_DIAG, groups),
  };
}

/** Whether `/proc/PID/status` shows a capability as effective. */
export function hasCapability(status: string, capability: bigint): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return effective !== undefined && ((BigInt(`0x${effective}`) >> capability) & 1n) === 1n;
}
