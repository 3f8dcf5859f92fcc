import { type SocketPlace, SocketRow } from '../../../fields/index.js';
import { ALL_EXTENSIONS, type InetDiagMsg } from '../../../inetdiag/index.js';
import type { SocketRequester, SocketSession } from '../../../inetdiag/kernel/index.js';
import { DecodeError } from '../../../netlink/index.js';
import { TcpState, tcpStateMask } from '../../../tcp/index.js';
import type { IsOfService } from './service-connections.js';
import type { CloseTarget } from './target.js';

/** Connection that matches. */
export interface Match {
  readonly socket: InetDiagMsg;
  readonly requester: SocketRequester;
  readonly place: SocketPlace;
  readonly uuid: string;
  readonly localAddress: string;
  readonly remoteAddress: string;
  /** Time since payload last moved, in milliseconds; null if unknown. */
  readonly idleMs: number | null;
}

/** Matches of a listing, and what was left out. */
export interface Matches {
  readonly found: Match[];
  /** Entries in TIME_WAIT that match an expression and were not asked for. */
  timeWait: number;
  /** Listening sockets that match. */
  listening: number;
  /** Sockets of this process that match. */
  own: number;
  /** Messages that could not be decoded. */
  undecoded: number;
}

/** Returns matches of nothing yet. */
export function noMatches(): Matches {
  return { found: [], timeWait: 0, listening: 0, own: 0, undecoded: 0 };
}

/** Conditions on connections. */
export interface Wanted {
  readonly target: CloseTarget;
  /** Chooses connections of a service; absent: all. */
  readonly isOfService?: IsOfService;
  /** Least time without payload, in milliseconds. */
  readonly idleMs?: number;
  /** True if an expression also chooses entries in TIME_WAIT. */
  readonly hasTimeWait: boolean;
  /** Inodes of sockets that are never chosen. */
  readonly ownInodes: ReadonlySet<number>;
}

/** Listed states: connections, and listening sockets to report that they are left alone. */
const STATES = tcpStateMask([
  TcpState.ESTABLISHED,
  TcpState.SYN_SENT,
  TcpState.SYN_RECV,
  TcpState.FIN_WAIT1,
  TcpState.FIN_WAIT2,
  TcpState.TIME_WAIT,
  TcpState.CLOSE_WAIT,
  TcpState.LAST_ACK,
  TcpState.CLOSING,
  TcpState.LISTEN,
]);

/**
 * Lists the sockets of a network namespace, and adds those that match.
 * @throws SockDiagError, NamespaceError; the reason of `signal` when it is aborted
 */
export async function findMatches(
  session: Pick<SocketSession, 'list' | 'requester'>,
  place: SocketPlace,
  wanted: Wanted,
  into: Matches,
  signal?: AbortSignal,
): Promise<void> {
  const row = new SocketRow(wanted.target.uuidPrefix, place);
  for await (const messages of session.list({ states: STATES, ext: ALL_EXTENSIONS }, signal)) {
    for (const message of messages) {
      try {
        row.load(Buffer.from(message.buffer, message.byteOffset, message.byteLength));
        if (!isTarget(row, wanted) || wanted.isOfService?.(message) === false) continue;
        if (isWanted(row, wanted, into)) into.found.push(matchOf(row, session.requester));
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        into.undecoded++;
      }
    }
  }
}

function isTarget(row: SocketRow, { target }: Pick<Wanted, 'target'>): boolean {
  if (target.kind === 'cookie') return row.socket.id.cookie === target.cookie;
  return target.kind === 'all' || target.filter.matches(row);
}

/** Returns whether a connection that is meant is to be ended. Counts those that are left out. */
function isWanted(row: SocketRow, { target, idleMs, hasTimeWait, ownInodes }: Wanted, counts: Matches): boolean {
  const { state, inode } = row.socket;
  if (state === TcpState.LISTEN) {
    counts.listening++;
    return false;
  }
  if (idleMs !== undefined && (row.idleMs === null || row.idleMs < idleMs)) return false;
  if (state === TcpState.TIME_WAIT && target.kind !== 'cookie' && !hasTimeWait) {
    counts.timeWait++;
    return false;
  }
  if (inode !== 0 && ownInodes.has(inode)) {
    counts.own++;
    return false;
  }
  return true;
}

function matchOf(row: SocketRow, requester: SocketRequester): Match {
  const { socket, place, uuid, localAddress, remoteAddress, idleMs } = row;
  return { socket, requester, place, uuid, localAddress, remoteAddress, idleMs };
}
