import { INET_DIAG_MSG_ID_OFFSET, INET_DIAG_SOCKID } from '../inetdiag/index.js';
import { fieldOf } from '../tcp/index.js';

/** Ports and addresses of an `inet_diag_msg`: what comes before the interface in its socket id. */
const START = INET_DIAG_MSG_ID_OFFSET;
const END = START + fieldOf(INET_DIAG_SOCKID, 'interface').offset;

/** Whether two `inet_diag_msg` are of the same ends. A socket that is connected elsewhere keeps its cookie. */
export function sameEnds(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a.subarray(START, END), b.subarray(START, END)) === 0;
}
