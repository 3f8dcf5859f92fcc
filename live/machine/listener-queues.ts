import {
  decodeInetDiagMsg,
  decodeSkMemInfo,
  extensionBit,
  type GetSockRequest,
  INET_DIAG_SKMEMINFO,
  readSport,
} from '../../inetdiag/index.js';
import type { SocketSession } from '../../inetdiag/kernel/index.js';
import { formatAddress, NLMSG_HDRLEN } from '../../netlink/index.js';
import { parseNetlinkMessage, ZERO_TIMESTAMP } from '../../parse/index.js';
import { TcpState, tcpStateMask } from '../../tcp/index.js';
import type { ListenerJson } from '../wire/index.js';

/** Part of a session that lists sockets. */
export type SocketLister = Pick<SocketSession, 'list'>;

const LISTENERS: GetSockRequest = {
  states: tcpStateMask([TcpState.LISTEN]),
  ext: extensionBit(INET_DIAG_SKMEMINFO),
};
const HALF_OPEN: GetSockRequest = { states: tcpStateMask([TcpState.SYN_RECV, TcpState.NEW_SYN_RECV]), ext: 0 };
/** Most handshakes that are counted: a larger flood shows as that many. */
const MAX_HALF_OPEN = 65_536;

/** Listening socket as the kernel reports it. */
export type ListenerQueue = Omit<ListenerJson, 'halfOpen'>;

/** Lists the listening sockets of the own network namespace. @throws SockDiagError, DecodeError */
export async function listListeners(session: SocketLister): Promise<ListenerQueue[]> {
  const found: ListenerQueue[] = [];
  for await (const messages of session.list(LISTENERS)) {
    for (const message of messages) {
      const listener = readListener(message);
      if (listener !== undefined) found.push(listener);
    }
  }
  return found;
}

/** Counts handshakes that are not finished by local port; no more than 65,536 of them. @throws SockDiagError */
export async function countHalfOpen(session: SocketLister): Promise<ReadonlyMap<number, number>> {
  const counts = new Map<number, number>();
  let all = 0;
  for await (const messages of session.list(HALF_OPEN)) {
    for (const message of messages) {
      const port = readSport(message.subarray(NLMSG_HDRLEN));
      counts.set(port, (counts.get(port) ?? 0) + 1);
    }
    all += messages.length;
    if (all >= MAX_HALF_OPEN) break;
  }
  return counts;
}

/** Decodes a netlink message; undefined for a socket in another state. @throws DecodeError */
function readListener(message: Uint8Array): ListenerQueue | undefined {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const { rawIdm = new Uint8Array(), attributes } = parseNetlinkMessage(bytes, ZERO_TIMESTAMP);
  const { state, family, id, rqueue: queued, wqueue: backlog } = decodeInetDiagMsg(rawIdm);
  if (state !== TcpState.LISTEN) return undefined;
  const memory = attributes?.[INET_DIAG_SKMEMINFO];
  return {
    localAddress: formatAddress(id.src, family),
    localPort: id.sport,
    queued,
    backlog,
    // sk_acceptq_is_full() lets one more connection wait than the argument of listen().
    fillRatio: queued / (backlog + 1),
    drops: memory === undefined || memory === null ? null : (decodeSkMemInfo(memory).drops ?? null),
  };
}
