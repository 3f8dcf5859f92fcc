// @ts-check
// Made-up connections for a live store, and the processor time of the main thread.
import { openSync, readSync } from 'node:fs';
import {
  INET_DIAG_INFO,
  INET_DIAG_MSG,
  INET_DIAG_MSG_ID_OFFSET,
  INET_DIAG_SOCKID,
  TCPDIAG_GETSOCK,
} from '../dist/inetdiag/index.js';
import { fieldOf, NLA_HDRLEN, NLMSG_HDRLEN } from '../dist/netlink/index.js';
import { TCP_INFO } from '../dist/tcp/index.js';

const INFO_BYTES = 280;
const IDM_BYTES = 72;
const INFO_AT = NLMSG_HDRLEN + IDM_BYTES + NLA_HDRLEN;

/** Returns the offset of a field of tcp_info in a message. */
export const infoAt = (/** @type {string} */ name) => INFO_AT + fieldOf(TCP_INFO, /** @type {never} */ (name)).offset;
const COOKIE_AT = NLMSG_HDRLEN + INET_DIAG_MSG_ID_OFFSET + fieldOf(INET_DIAG_SOCKID, 'cookie').offset;

/** Builds the message of an established connection. */
export function message(/** @type {number} */ i) {
  const bytes = Buffer.alloc(INFO_AT + INFO_BYTES);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(TCPDIAG_GETSOCK, 4);
  bytes.writeUInt8(2, NLMSG_HDRLEN);
  bytes.writeUInt8(1, NLMSG_HDRLEN + fieldOf(INET_DIAG_MSG, 'state').offset);
  const id = NLMSG_HDRLEN + INET_DIAG_MSG_ID_OFFSET;
  bytes.writeUInt16BE(443, id);
  bytes.writeUInt16BE(1024 + (i % 60_000), id + 2);
  bytes.set([192, 0, 2, 1], id + 4);
  bytes.set([198, 51, (i >> 8) & 0xff, i & 0xff], id + 20);
  bytes.writeBigUInt64LE(BigInt(i + 1), COOKIE_AT);
  bytes.writeUInt16LE(NLA_HDRLEN + INFO_BYTES, NLMSG_HDRLEN + IDM_BYTES);
  bytes.writeUInt16LE(INET_DIAG_INFO, NLMSG_HDRLEN + IDM_BYTES + 2);
  bytes.writeUInt8(1, INFO_AT);
  bytes.writeUInt32LE(1448, infoAt('sndMssBytes'));
  bytes.writeUInt32LE(10, infoAt('sndCwnd'));
  bytes.writeUInt32LE(200 + (i % 1000), infoAt('rttUs'));
  bytes.writeUInt32LE(200, infoAt('minRttUs'));
  return bytes;
}

const schedstat = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
const line = Buffer.alloc(64);

/** Returns the processor time of the main thread: exact to a tick of the scheduler, 4 ms, while it runs. */
export function cpuMs() {
  return Number(line.toString('latin1', 0, readSync(schedstat, line, 0, line.length, 0)).split(' ')[0]) / 1e6;
}
