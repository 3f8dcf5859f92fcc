import { INET_DIAG_MSG_ID_OFFSET, INET_DIAG_SOCKID } from '../inetdiag/index.js';
import { fieldOf } from '../tcp/index.js';

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
