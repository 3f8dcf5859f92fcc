import {
  AF_INET,
  AF_INET6,
  ALL_EXTENSIONS,
  buildGetSockRequest,
  buildSockDiagRequest,
  CONNECTION_STATES,
  NETLINK_SOCK_DIAG,
  SOCK_DIAG_BY_FAMILY,
  TCP_CHANGE_SHAPE,
  TCPDIAG_GETSOCK,
} from '../inetdiag/index.js';
import type { SourceOptions } from '../native/index.js';

const ENOENT = 2;
const ASKED = { states: CONNECTION_STATES, ext: ALL_EXTENSIONS };

/** Names of the ways below, by index: what the machine lets the collector do. */
export const WAY_NAMES = ['one walk for both families', 'one walk a family'] as const;

/**
 * Every TCP connection of this network namespace, on a beat. Listeners are not asked for: they are always excluded.
 * Best is one walk over the kernel's table for both families; a kernel that refuses it is asked for each family, IPv6
 * first as the reference does.
 * @param intervalNs the beat, nanoseconds
 */
export function tcpConnections(intervalNs: number): SourceOptions {
  return {
    protocol: NETLINK_SOCK_DIAG,
    ways: [
      [buildGetSockRequest(ASKED)],
      [buildSockDiagRequest({ ...ASKED, family: AF_INET6 }), buildSockDiagRequest({ ...ASKED, family: AF_INET })],
    ],
    dataTypes: [TCPDIAG_GETSOCK, SOCK_DIAG_BY_FAMILY],
    // A kernel without IPv6 has no handler for it.
    emptyErrno: ENOENT,
    ...TCP_CHANGE_SHAPE,
    intervalNs,
    // idiag_family is the first byte of inet_diag_msg.
    tally: { offset: 0, values: [AF_INET, AF_INET6] },
  };
}
