import { constants } from 'node:os';
import { buildExactSockRequestOf, decodeInetDiagMsg, INFO_EXTENSION } from '../../inetdiag/index.js';
import type { Requester } from '../../native/index.js';
import { NLMSG_HDRLEN } from '../../netlink/index.js';
import { type CountedExchange, type HttpConnection, type HttpExchange, type HttpFlow, joinExchange } from '../index.js';
import type { EndedSocket, EndedSockets } from './ended-sockets.js';
import { connectionIn, endsIn, keyOfEnds, type SocketEnds } from './socket-message.js';
import type { Translations } from './translations.js';
import { WaitingFlows } from './waiting-flows.js';

const { ENOENT } = constants.errno;
/** Longest reply about one socket: `struct inet_diag_msg`, `tcp_info`, and room for attributes of later kernels. */
const REPLY_BYTES = 8192;
/** Time until a connection is looked up again, milliseconds. */
const REFRESH_MS = 1000;
const NS_PER_MS = 1e6;
const NS_PER_US = 1000n;

/** Numbers of look-ups since the start. */
export interface JoinCounts {
  /** Flows that were looked up, and those of them that had a connection. */
  readonly flows: number;
  readonly joined: number;
  /** Joined flows whose socket was gone, and flows that are translated (NAT). */
  readonly ended: number;
  readonly translated: number;
  /** Requests to the kernel for sockets. */
  readonly asked: number;
  /** Requests that failed, other than for a socket that does not exist. */
  readonly failed: number;
}

/** Options of {@link SocketJoin}. */
export interface SocketJoinOptions {
  /** Prefix of UUIDs, as the collector's. */
  readonly uuidPrefix: string;
  /** Requester of NETLINK_SOCK_DIAG, in the network namespace of the flows. */
  readonly requester: Pick<Requester, 'askNow'>;
  /** Sockets that have ended; absent: flows of sockets that are gone have no connection. */
  readonly ended?: Pick<EndedSockets, 'take' | 'forget' | 'want'>;
  /** Absent: flows that are translated have no connection. */
  readonly translations?: Pick<Translations, 'endsOf'>;
  /** Receives exchanges. */
  readonly onExchange: (exchange: HttpExchange) => void;
}

/**
 * Finds the sockets of flows. At a flow's first head: one that ended since, or one exact request to sock_diag, which is
 * answered on the calling thread; at most one further request a second. If the socket is gone and its end was not
 * reported yet, the flow's exchanges wait a little for that. Then it may be translated: connection tracking knows.
 */
export class SocketJoin {
  readonly #options: SocketJoinOptions;
  readonly #reply = new Uint8Array(REPLY_BYTES);
  readonly #waiting: WaitingFlows;
  readonly #counts = { flows: 0, joined: 0, ended: 0, translated: 0, asked: 0, failed: 0 };
  /** Ends of the sockets of translated flows. */
  readonly #translated = new Map<HttpFlow, SocketEnds>();
  /** Flow of the exchange that is reported next. */
  #current: HttpFlow | undefined;
  /** Time of a monotonic clock in milliseconds; the owner sets it before each block. */
  nowMs = 0;

  constructor(options: SocketJoinOptions) {
    this.#options = options;
    this.#waiting = new WaitingFlows({
      onEnded: (flow) => this.#joinEnded(flow),
      lookUp: ({ flow, sinceMs }) => this.#findTranslated(flow, sinceMs),
    });
  }

  get counts(): JoinCounts {
    return { ...this.#counts };
  }

  /** Exchanges that wait for the end of their socket, and when the first of them began; null for none. */
  get held(): WaitingFlows['held'] {
    return this.#waiting.held;
  }

  /** Looks a new flow up. @param timeNs time of its first head, nanoseconds since 1970 */
  readonly begin = (flow: HttpFlow, timeNs: bigint): void => {
    const { ended } = this.#options;
    this.#counts.flows++;
    this.#renewLater(flow);
    const key = keyOfEnds(flow);
    const sinceMs = Number(timeNs) / NS_PER_MS;
    // Before the request: another socket may have these ends by now.
    const gone = ended?.take(key, sinceMs);
    if (gone !== undefined) this.#joinEnded(flow);
    flow.connection = gone ?? this.#ask(flow) ?? null;
    if (gone !== undefined) return;
    if (flow.connection !== null) this.#counts.joined++;
    else if (ended === undefined) flow.connection = this.#findTranslated(flow, sinceMs);
    else this.#waiting.add({ flow, key, sinceMs });
  };

  /** Renews what a flow's exchanges say of the connection, if that is a second old. */
  readonly renew = (flow: HttpFlow): void => {
    this.#current = flow;
    if (flow.renewMs === null || this.nowMs < flow.renewMs || this.#waiting.has(flow)) return;
    this.#renewLater(flow);
    const { connection } = flow;
    const found = this.#ask(this.#translated.get(flow) ?? flow);
    // The ends may have a later socket by now: the flow keeps the one that it began with.
    if (found !== undefined && (connection === null || connection.uuid === found.uuid)) flow.connection = found;
  };

  /** Reports an exchange of the flow that was renewed last, or of one that has no end here. */
  readonly deliver = (exchange: HttpExchange): void => {
    const flow = this.#takeWaiting();
    const { onExchange } = this.#options;
    if (flow === undefined) onExchange(exchange);
    else this.#waiting.hold(flow, exchange.timeNs, (connection) => onExchange(joinExchange(exchange, connection)));
  };

  /**
   * Returns a receiver of what totals need of exchanges, which reports them as {@link deliver} does, to another receiver.
   * What it gets is valid only until it returns: it copies what has to wait.
   */
  deliverCounted(onCounted: (counted: CountedExchange) => void): (counted: CountedExchange) => void {
    return (counted) => {
      const flow = this.#takeWaiting();
      if (flow === undefined) {
        onCounted(counted);
        return;
      }
      const kept = { ...counted };
      const timeNs = BigInt(Math.round(counted.beginUs)) * NS_PER_US;
      this.#waiting.hold(flow, timeNs, (connection) => onCounted(joinExchange(kept, connection)));
    };
  }

  /** Renews a flow no longer. */
  readonly end = (flow: HttpFlow): void => {
    const { connection, renewMs } = flow;
    if (connection !== null && renewMs !== null) {
      // Not joined by its end, which is not that of a later flow with these ends.
      this.#options.ended?.forget(keyOfEnds(this.#translated.get(flow) ?? flow), connection.uuid);
    }
    flow.renewMs = null;
    this.#translated.delete(flow);
  };

  /** Takes the end of a socket. Returns true if a flow waited for it. */
  readonly ended = (key: string, socket: EndedSocket): boolean => this.#waiting.ended(key, socket);

  /** Resolves when no exchange waits. */
  async idle(): Promise<void> {
    await this.#waiting.idle();
  }

  /** Takes the flow that was renewed last, if it waits for its socket. */
  #takeWaiting(): HttpFlow | undefined {
    const flow = this.#current;
    this.#current = undefined;
    return flow !== undefined && this.#waiting.has(flow) ? flow : undefined;
  }

  #renewLater(flow: HttpFlow): void {
    flow.renewMs = Math.ceil(this.nowMs) + REFRESH_MS;
  }

  #joinEnded(flow: HttpFlow): void {
    this.#counts.joined++;
    this.#counts.ended++;
    // Nothing changes any more.
    flow.renewMs = null;
  }

  /** Returns the connection of a flow that may be translated; null if it is not, or has no socket. */
  #findTranslated(flow: HttpFlow, sinceMs: number): HttpConnection | null {
    const { translations, ended } = this.#options;
    const ends = translations?.endsOf(flow);
    if (ends === undefined) return null;
    this.#counts.translated++;
    // Later ones may be gone before their first head is read.
    ended?.want(ends.local.port);
    const gone = ended?.take(keyOfEnds(ends), sinceMs);
    if (gone !== undefined) {
      this.#joinEnded(flow);
      return gone;
    }
    const found = this.#ask(ends);
    if (found === undefined) return null;
    this.#counts.joined++;
    // A flow that is over is not renewed.
    if (flow.renewMs !== null) this.#translated.set(flow, ends);
    return found;
  }

  #ask(ends: SocketEnds): HttpConnection | undefined {
    const { local, remote } = ends;
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
      length = this.#options.requester.askNow(request, this.#reply);
    } catch {
      // Counted, and the flow has no connection: it is asked for again a second later.
      this.#counts.failed++;
      return undefined;
    }
    if (length <= NLMSG_HDRLEN) {
      if (length !== -ENOENT) this.#counts.failed++;
      return undefined;
    }
    return this.#connectionIn(this.#reply.subarray(NLMSG_HDRLEN, length), ends);
  }

  /** Returns the connection in a message if it has these ends: the kernel also answers with listeners. */
  #connectionIn(message: Uint8Array, ends: SocketEnds): HttpConnection | undefined {
    const header = decodeInetDiagMsg(message);
    if (keyOfEnds(endsIn(header)) !== keyOfEnds(ends)) return undefined;
    return connectionIn(message, header.id.cookie, this.#options.uuidPrefix);
  }
}
