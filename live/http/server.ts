import type { AddressInfo, Server, Socket } from 'node:net';
import { type EndReason, SIDES, type Side } from '../../metrics/index.js';
import { Acceptor, type Listening } from './acceptor.js';
import { type Answer, emptyAnswer } from './answer.js';
import { HttpConnection } from './connection.js';
import { DEADLINES, type Deadlines } from './deadlines.js';
import type { Handler, Transport } from './exchange.js';
import { ListenError } from './listen-error.js';
import {
  type ListenAddress,
  type ListeningSockets,
  openListeningSockets,
  type SocketCalls,
} from './listening-sockets.js';
import { Pace } from './pace.js';
import { Places } from './places.js';
import { hostOf, sideOf } from './side.js';

/** Options of {@link HttpServer}. */
export interface HttpServerOptions {
  /** Answers requests; several resources: {@link serveRoutes}. */
  readonly handler: Handler;
  /** System calls for a separate queue of this machine's connections; without them there is one queue for all. */
  readonly calls?: SocketCalls;
  /** Returns the answer to a request that cannot be served: status 400, 431, 503 or 505 (default: no body). */
  readonly refusalOf?: (status: number) => Answer;
  /** Called each time the server ends a client's connection for a reason, with the status if it sent an answer. */
  readonly onRefused?: (reason: EndReason, status?: number) => void;
  /** Called when the number of connections of a side changes. */
  readonly onConnections?: (side: Side, connections: number) => void;
  /** Maximum number of concurrent connections (default 64 from this machine, 128 from others). */
  readonly places?: Readonly<Record<Side, number>>;
  /**
   * True: a new connection displaces only one that has no request, and is answered 503 when there is no such connection (default
   * false: it displaces any).
   */
  readonly keepsBusy?: boolean;
  readonly deadlines?: Deadlines;
}

/** Path of a unix socket, and the mode of its file. */
export interface UnixAddress {
  readonly path: string;
  readonly mode: number;
}

/** Connections beyond all places that get an answer at a time; further ones are cut. */
const TURNED_AWAY = 16;

const PLACES: Readonly<Record<Side, number>> = { local: 64, remote: 128 };

/** Window of the paces, in milliseconds. */
const PACE_MS = 10;

/** Connections accepted per window: 500 per second from other machines. */
const ACCEPTS: Readonly<Record<Side, number>> = { local: 20, remote: 5 };

/**
 * Window in which one connection is accepted if it displaces another one: 50 per second from other machines. Displaced
 * clients may reconnect at once, and the collector would have to record each of those connections.
 */
const CROWDED_MS: Readonly<Record<Side, number>> = { local: 2, remote: 20 };

/** Reads and requests per window: 400 per second from other machines. */
const TURNS: Readonly<Record<Side, number>> = { local: 40, remote: 4 };

/** Interval between checks of deadlines. */
const SWEEP_MS = 500;

/** Time that close() waits for unfinished answers. */
const CLOSE_GRACE_MS = 500;

/**
 * Small HTTP server that clients cannot block or exhaust: the number of connections, their bytes and time, and the work
 * per second are bounded, separately for this machine and for others. A body is read only if the handler asks for it.
 * It may listen on several addresses; clients of unix sockets are of this machine.
 */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #deadlines: Deadlines;
  readonly #places: Readonly<Record<Side, Places<HttpConnection>>>;
  readonly #turns: Readonly<Record<Side, Pace>>;
  readonly #accepts: Readonly<Record<Side, Pace>>;
  readonly #crowded: Readonly<Record<Side, Pace>>;
  /** Connections that found no place, until they have read so. */
  readonly #turnedAway = new Places<HttpConnection>(TURNED_AWAY);
  #acceptors: Acceptor[] = [];
  #sockets: ListeningSockets[] = [];
  #sweep: NodeJS.Timeout | undefined;
  /** Called when the last connection leaves, while the server closes. */
  #onEmpty: (() => void) | undefined;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#deadlines = options.deadlines ?? DEADLINES;
    const places = options.places ?? PLACES;
    const { keepsBusy } = options;
    this.#places = { local: new Places(places.local, keepsBusy), remote: new Places(places.remote, keepsBusy) };
    this.#turns = { local: new Pace(TURNS.local, PACE_MS), remote: new Pace(TURNS.remote, PACE_MS) };
    this.#accepts = { local: new Pace(ACCEPTS.local, PACE_MS), remote: new Pace(ACCEPTS.remote, PACE_MS) };
    this.#crowded = { local: new Pace(1, CROWDED_MS.local), remote: new Pace(1, CROWDED_MS.remote) };
  }

  /** True when connections from this machine have their own queue; known after {@link listen}. */
  get hasLocalQueue(): boolean {
    return this.#sockets.some(({ local }) => local !== undefined);
  }

  /**
   * Begins to serve, and returns the bound address.
   * @throws ListenError if the server cannot listen on the address
   */
  async listen(address: ListenAddress): Promise<AddressInfo> {
    try {
      return await this.#listenOn(address);
    } catch (error) {
      await this.close();
      throw new ListenError(address, error instanceof Error ? error : new Error(String(error)));
    }
  }

  /**
   * Begins to serve on a unix socket.
   * @throws ListenError
   */
  async listenUnix(address: UnixAddress): Promise<void> {
    try {
      await this.#listen(address, 'local');
    } catch (error) {
      await this.close();
      throw new ListenError(address, error instanceof Error ? error : new Error(String(error)));
    }
  }

  async #listenOn(address: ListenAddress): Promise<AddressInfo> {
    const { calls } = this.#options;
    if (calls === undefined) return boundAddress(await this.#listen({ address }, undefined));
    const sockets = await openListeningSockets(calls, address);
    this.#sockets.push(sockets);
    const { remote, local } = sockets;
    const duplicate = (fd: number) => calls.duplicate(fd);
    if (local !== undefined) await this.#listen({ fd: local, duplicate }, 'local');
    return boundAddress(await this.#listen({ fd: remote, duplicate }, local === undefined ? undefined : 'remote'));
  }

  /** Closes within a second: idle connections at once, busy ones after their answer or at the time limit. */
  async close(): Promise<void> {
    const closed = this.#acceptors.map((acceptor) => acceptor.close());
    this.#acceptors = [];
    for (const sockets of this.#sockets.splice(0)) sockets.close();
    for (const connection of this.#connections()) connection.finish();
    await this.#emptied();
    for (const connection of this.#connections()) connection.end();
    await Promise.all(closed);
    clearInterval(this.#sweep);
    this.#sweep = undefined;
    for (const side of SIDES) {
      this.#turns[side].stop();
      this.#accepts[side].stop();
      this.#crowded[side].stop();
    }
  }

  /**
   * Waits until all connections have ended, up to the time limit for answers. Node's servers do not help: each knows
   * only the connections that it accepted, and after each pause there is a new server.
   */
  async #emptied(): Promise<void> {
    if (this.#taken === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, CLOSE_GRACE_MS);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Number of connections of both sides. */
  get #taken(): number {
    return SIDES.reduce((sum, side) => sum + this.#places[side].taken, 0);
  }

  /** Starts an acceptor. `queue` is the side of all its connections; undefined if they may be of either side. */
  async #listen(listening: Listening, queue: Side | undefined): Promise<Server> {
    const acceptor = new Acceptor({
      pace: this.#accepts[queue ?? 'remote'],
      crowdedPace: this.#crowded[queue ?? 'remote'],
      onConnection: (socket) => this.#accepted(socket, queue, 'path' in listening ? 'unix' : 'tcp'),
      onError: () => this.#options.onRefused?.('error'),
    });
    this.#acceptors.push(acceptor);
    return await acceptor.listen(listening);
  }

  #accepted(socket: Socket, queue: Side | undefined, transport: Transport): boolean {
    const { remoteAddress, localAddress } = socket;
    const side = queue ?? sideOf(remoteAddress, localAddress);
    const connection = new HttpConnection({
      ...{ socket, side, transport, host: hostOf(remoteAddress), deadlines: this.#deadlines, pace: this.#turns[side] },
      handler: this.#options.handler,
      refusalOf: this.#options.refusalOf ?? emptyAnswer,
      onRefused: (reason, status) => this.#options.onRefused?.(reason, status),
      onEnd: (ended) => this.#leave(ended),
    });
    const leaving = this.#places[side].enter(connection);
    if (leaving === connection) this.#turnAway(connection);
    else leaving?.end('displaced');
    this.#options.onConnections?.(side, this.#places[side].taken);
    this.#sweep ??= setInterval(() => this.#expire(), SWEEP_MS).unref();
    return leaving !== undefined;
  }

  /** Answers 503 to a connection that found no place. */
  #turnAway(connection: HttpConnection): void {
    this.#options.onRefused?.('displaced', 503);
    this.#turnedAway.enter(connection)?.end();
    connection.turnAway();
  }

  #leave(connection: HttpConnection): void {
    this.#turnedAway.leave(connection);
    const places = this.#places[connection.side];
    places.leave(connection);
    this.#options.onConnections?.(connection.side, places.taken);
    if (this.#taken === 0) this.#onEmpty?.();
  }

  #expire(): void {
    const nowMs = performance.now();
    const connections = [...this.#connections()];
    for (const connection of connections) connection.expire(nowMs);
    if (connections.length > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }

  *#connections(): Generator<HttpConnection, void, undefined> {
    for (const side of SIDES) yield* this.#places[side];
    yield* this.#turnedAway;
  }
}

function boundAddress(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('listening on a port gave no address');
  return address;
}
