import { INET_DIAG_MSG_ID_OFFSET, INET_DIAG_SOCKID } from '../inetdiag/index.js';
import { fieldOf } from '../netlink/index.js';

/** Bounds of ports and addresses in an `inet_diag_msg`: the part of its socket id before the interface. */
const START = INET_DIAG_MSG_ID_OFFSET;
const END = START + fieldOf(INET_DIAG_SOCKID, 'interface').offset;

/** Returns a view of both ports and both addresses of an `inet_diag_msg`. */
export function endpointsOf(rawIdm: Uint8Array): Uint8Array {
  return rawIdm.subarray(START, END);
}

/** Returns whether two `inet_diag_msg` have equal addresses and ports. The cookie stays when a socket reconnects. */
export function haveSameEndpoints(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(endpointsOf(a), endpointsOf(b)) === 0;
}

/** Fields that a disconnected socket keeps: the local port and the remote address; the remote port becomes 0. */
const KEPT_FIELDS = (['sport', 'dst'] as const).map((name) => {
  const { offset, size } = fieldOf(INET_DIAG_SOCKID, name);
  return [START + offset, START + offset + size] as const;
});

/** Returns whether a disconnected socket may belong to this connection: local port and remote address are equal. */
export function hasKeptEndpoints(disconnected: Uint8Array, whole: Uint8Array): boolean {
  return KEPT_FIELDS.every(([start, end]) => {
    return Buffer.compare(disconnected.subarray(start, end), whole.subarray(start, end)) === 0;
  });
}
