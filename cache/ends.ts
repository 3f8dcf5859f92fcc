import { INET_DIAG_MSG_ID_OFFSET, INET_DIAG_SOCKID } from '../inetdiag/index.js';
import { fieldOf } from '../netlink/index.js';

/** Ports and addresses of an `inet_diag_msg`: what comes before the interface in its socket id. */
const START = INET_DIAG_MSG_ID_OFFSET;
const END = START + fieldOf(INET_DIAG_SOCKID, 'interface').offset;

/** Both ports and both addresses of an `inet_diag_msg`, a view. */
export function endsOf(rawIdm: Uint8Array): Uint8Array {
  return rawIdm.subarray(START, END);
}

/** Whether two `inet_diag_msg` are of the same ends. A socket that is connected elsewhere keeps its cookie. */
export function sameEnds(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(endsOf(a), endsOf(b)) === 0;
}

/** Ends that a disconnected socket keeps: its own port, and the address of its peer, whose port is 0 then. */
const KEPT_ENDS = (['sport', 'dst'] as const).map((name) => {
  const { offset, size } = fieldOf(INET_DIAG_SOCKID, name);
  return [START + offset, START + offset + size] as const;
});

/** Returns whether the ends that a disconnected socket kept are among these. */
export function keptEnds(disconnected: Uint8Array, whole: Uint8Array): boolean {
  return KEPT_ENDS.every(([start, end]) => {
    return Buffer.compare(disconnected.subarray(start, end), whole.subarray(start, end)) === 0;
  });
}
