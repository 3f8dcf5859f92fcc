import { constants } from 'node:os';
import { formatUuid } from '../../cache/index.js';
import {
  buildExactSockRequestOf,
  decodeInetDiagMsg,
  INET_DIAG_INFO,
  INET_DIAG_MSG_SIZE,
  INFO_EXTENSION,
} from '../../inetdiag/index.js';
import type { Requester } from '../../native/index.js';
import { AttributeWalker, NLMSG_HDRLEN, v4Offset } from '../../netlink/index.js';
import { readRttUs, readSegsOut, readTotalRetrans } from '../../tcp/index.js';
import type { HttpConnection, HttpEnd, HttpFlow } from '../index.js';

const { ENOENT } = constants.errno;
/** Longest reply about one socket: `struct inet_diag_msg`, `tcp_info`, and room for attributes of later kernels. */
const REPLY_BYTES = 8192;
/** Time until a connection is looked up again, milliseconds. */
const REFRESH_MS = 1000;

/** Numbers of look-ups since the start. */
export interface JoinCounts {
  /** Flows that were looked up, and those of them that had a connection at first. */
  readonly flows: number;
  readonly joined: number;
  /** Requests to the kernel. */
  readonly asked: number;
  /** Requests that failed, other than for a socket that does not exist. */
  readonly failed: number;
}

/** Options of {@link SocketJoin}. */
export interface SocketJoinOptions {
  /** Prefix of UUIDs, as the collector's. */
  readonly uuidPrefix: string;
  /**
   * Returns what is known of a connection whose socket is gone: the collector knows those of the last minute. Default:
   * none is known.
   */
  readonly endedConnection?: (flow: HttpFlow) => HttpConnection | null;
}

/**
 * Finds the sockets of flows: one exact request to sock_diag for each at its first head, and at most one a second later.
 * The request is answered on the calling thread. A connection that was closed is looked up among the ended ones.
 *
 * A socket that took the four ends of a flow over before its first head was read cannot be told from the right one:
 * that takes less time than a block of the ring waits.
 */
export class SocketJoin {
  readonly #requester: Pick<Requester, 'askNow'>;
  readonly #options: SocketJoinOptions;
  readonly #reply = new Uint8Array(REPLY_BYTES);
  readonly #walker = new AttributeWalker();
  readonly #counts = { flows: 0, joined: 0, asked: 0, failed: 0 };
  /** Time of a monotonic clock in milliseconds; the owner sets it before each block. */
  nowMs = 0;

  /** @param requester of NETLINK_SOCK_DIAG, in the network namespace of the flows */
  constructor(requester: Pick<Requester, 'askNow'>, options: SocketJoinOptions) {
    this.#requester = requester;
    this.#options = options;
  }

  get counts(): JoinCounts {
    return { ...this.#counts };
  }

  /** Looks a new flow up. */
  readonly begin = (flow: HttpFlow): void => {
    this.#counts.flows++;
    this.#look(flow);
    if (flow.connection !== null) this.#counts.joined++;
  };

  /** Renews what a flow's exchanges say of the connection, if that is a second old. */
  readonly renew = (flow: HttpFlow): void => {
    if (flow.renewMs !== null && this.nowMs >= flow.renewMs) this.#look(flow);
  };

  /** Renews a flow no longer. */
  readonly end = (flow: HttpFlow): void => {
    flow.renewMs = null;
  };

  #look(flow: HttpFlow): void {
    flow.renewMs = Math.ceil(this.nowMs) + REFRESH_MS;
    const found = this.#ask(flow);
    const { connection } = flow;
    // The ends may have a later socket by now: the flow keeps the one that it began with.
    if (found !== undefined && (connection === null || connection.uuid === found.uuid)) flow.connection = found;
    else if (connection === null) flow.connection = this.#options.endedConnection?.(flow) ?? null;
  }

  #ask(flow: HttpFlow): HttpConnection | undefined {
    const { local, remote } = flow;
    const request = buildExactSockRequestOf({
      family: local.family,
      localAddress: local.bytes,
      localPort: local.port,
      remoteAddress: remote.bytes,
      remotePort: remote.port,
      ext: INFO_EXTENSION,
    });
    this.#counts.asked++;
    let length: number;
    try {
      length = this.#requester.askNow(request, this.#reply);
    } catch {
      // Counted, and the flow has no connection: it is asked for again a second later.
      this.#counts.failed++;
      return undefined;
    }
    if (length <= NLMSG_HDRLEN) {
      if (length !== -ENOENT) this.#counts.failed++;
      return undefined;
    }
    return this.#read(this.#reply.subarray(NLMSG_HDRLEN, length), local, remote);
  }

  /** Returns the connection in a message with the ends of a flow: the kernel also answers with listeners. */
  #read(message: Uint8Array, local: HttpEnd, remote: HttpEnd): HttpConnection | undefined {
    const { id, family } = decodeInetDiagMsg(message);
    const isSame =
      id.sport === local.port &&
      id.dport === remote.port &&
      isAddress(id.src, family, local) &&
      isAddress(id.dst, family, remote);
    const info = isSame ? this.#infoIn(message) : undefined;
    // Sockets in TIME_WAIT have no tcp_info, and another cookie than the connection had.
    if (info === undefined) return undefined;
    return {
      uuid: formatUuid(this.#options.uuidPrefix, id.cookie),
      rttUs: readRttUs(info) ?? 0,
      totalRetrans: readTotalRetrans(info) ?? 0,
      segsOut: readSegsOut(info) ?? 0,
    };
  }

  #infoIn(message: Uint8Array): Uint8Array | undefined {
    this.#walker.reset(message, INET_DIAG_MSG_SIZE);
    while (this.#walker.next()) {
      if (this.#walker.type === INET_DIAG_INFO) return message.subarray(this.#walker.start, this.#walker.end);
    }
    return undefined;
  }
}

/** Returns whether an address in a message is that of an end; IPv4 may be mapped. */
function isAddress(bytes: Uint8Array, family: number, end: HttpEnd): boolean {
  const from = v4Offset(bytes, family) ?? 0;
  const length = v4Offset(bytes, family) === undefined ? 16 : 4;
  const endFrom = end.bytes.length - length;
  if (endFrom < 0) return false;
  for (let i = 0; i < length; i++) if (bytes[from + i] !== end.bytes[endFrom + i]) return false;
  return true;
}
