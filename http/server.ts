import type { AddressInfo, Server, Socket } from 'node:net';
import { Acceptor, type Listening } from './acceptor.js';
import { type Deadlines, type EndReason, type Handler, HttpConnection } from './connection.js';
import {
  type ListenAddress,
  type ListeningSockets,
  openListeningSockets,
  type SocketCalls,
} from './listening-sockets.js';
import { Pace } from './pace.js';
import { Places } from './places.js';
import { hostOf, SIDES, type Side, sideOf } from './side.js';

/** Options of {@link HttpServer}. */
export interface HttpServerOptions {
  readonly handler: Handler;
  /** Absent: connections of this machine wait in one queue with all others. */
  readonly calls?: SocketCalls;
  /** Called with the reason each time that a connection is ended against the client's will. */
  readonly onRefused?: (reason: EndReason) => void;
  /** Called when the number of connections of a side changes. */
  readonly onConnections?: (side: Side, connections: number) => void;
  /** Connections at one time (default 64 of this machine, 128 of others). */
  readonly places?: Readonly<Record<Side, number>>;
  readonly deadlines?: Deadlines;
}

const PLACES: Readonly<Record<Side, number>> = { local: 64, remote: 128 };

const DEADLINES: Deadlines = {
  requestMs: 10_000,
  answerMs: 30_000,
  // Longer than the usual scrape intervals, so that a scraper never writes into a connection that we just closed.
  idleMs: 90_000,
};

/** Window of every pace. */
const PACE_MS = 10;

/** Connections accepted in one window: 500 a second of other machines. */
const ACCEPTS: Readonly<Record<Side, number>> = { local: 20, remote: 5 };

/**
 * Window in which one connection is accepted when another one has to leave for it: 50 a second of other machines. Each
 * that leaves may come again, and a collector that records it would have that to do too.
 */
const CROWDED_MS: Readonly<Record<Side, number>> = { local: 2, remote: 20 };

/** Reads and requests in one window: 400 a second of other machines. */
const TURNS: Readonly<Record<Side, number>> = { local: 40, remote: 4 };

/** Interval at which deadlines are looked at. */
const SWEEP_MS = 500;

/** How long close() lets answers be finished. */
const CLOSE_GRACE_MS = 500;

/**
 * Small HTTP server that clients cannot make slow, large or deaf: connections, their bytes and time, and what is done
 * for them in a second are bounded, for this machine and for others apart. GET and HEAD are what it is for: a body is
 * never read.
 */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #deadlines: Deadlines;
  readonly #places: Readonly<Record<Side, Places<HttpConnection>>>;
  readonly #turns: Readonly<Record<Side, Pace>>;
  readonly #accepts: Readonly<Record<Side, Pace>>;
  readonly #crowded: Readonly<Record<Side, Pace>>;
  #acceptors: Acceptor[] = [];
  #sockets: ListeningSockets | undefined;
  #sweep: NodeJS.Timeout | undefined;
  /** Called when the last connection leaves, while the server closes. */
  #onEmpty: (() => void) | undefined;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#deadlines = options.deadlines ?? DEADLINES;
    const places = options.places ?? PLACES;
    this.#places = { local: new Places(places.local), remote: new Places(places.remote) };
    this.#turns = { local: new Pace(TURNS.local, PACE_MS), remote: new Pace(TURNS.remote, PACE_MS) };
    this.#accepts = { local: new Pace(ACCEPTS.local, PACE_MS), remote: new Pace(ACCEPTS.remote, PACE_MS) };
    this.#crowded = { local: new Pace(1, CROWDED_MS.local), remote: new Pace(1, CROWDED_MS.remote) };
  }

  /** Whether connections of this machine have a queue of their own; known when it listens. */
  get hasLocalQueue(): boolean {
    return this.#sockets?.local !== undefined;
  }

  /**
   * Begins to serve and gives the address in use.
   * @throws an Error with `code`, such as EADDRINUSE
   */
  async listen(address: ListenAddress): Promise<AddressInfo> {
    const { calls } = this.#options;
    if (calls === undefined) return boundAddress(await this.#listen({ address }, undefined));
    const sockets = await openListeningSockets(calls, address);
    this.#sockets = sockets;
    const { remote, local } = sockets;
    const duplicate = (fd: number) => calls.duplicate(fd);
    if (local !== undefined) await this.#listen({ fd: local, duplicate }, 'local');
    return boundAddress(await this.#listen({ fd: remote, duplicate }, local === undefined ? undefined : 'remote'));
  }

  /** Ends within a second: idle connections at once, busy ones when answered or when the time is up. */
  async close(): Promise<void> {
    const closed = this.#acceptors.map((acceptor) => acceptor.close());
    this.#acceptors = [];
    this.#sockets?.close();
    this.#sockets = undefined;
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
   * Waits until no connection has a place, for the time that answers have to be finished. Servers know only the connections
   * that they have accepted themselves, and one that paused is not the one that goes on.
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

  /** Connections of both sides. */
  get #taken(): number {
    return SIDES.reduce((sum, side) => sum + this.#places[side].taken, 0);
  }

  /** `queue`: the side that all connections there are of; undefined when they are of either. */
  async #listen(listening: Listening, queue: Side | undefined): Promise<Server> {
    const acceptor = new Acceptor({
      pace: this.#accepts[queue ?? 'remote'],
      crowdedPace: this.#crowded[queue ?? 'remote'],
      onConnection: (socket) => this.#accepted(socket, queue),
      onError: () => this.#options.onRefused?.('error'),
    });
    this.#acceptors.push(acceptor);
    return await acceptor.listen(listening);
  }

  #accepted(socket: Socket, queue: Side | undefined): boolean {
    const { remoteAddress, localAddress } = socket;
    const side = queue ?? sideOf(remoteAddress, localAddress);
    const connection = new HttpConnection({
      ...{ socket, side, host: hostOf(remoteAddress), deadlines: this.#deadlines, pace: this.#turns[side] },
      handler: this.#options.handler,
      onRefused: (reason) => this.#options.onRefused?.(reason),
      onEnd: (ended) => this.#leave(ended),
    });
    const leaving = this.#places[side].enter(connection);
    leaving?.end('displaced');
    this.#options.onConnections?.(side, this.#places[side].taken);
    this.#sweep ??= setInterval(() => this.#expire(), SWEEP_MS).unref();
    return leaving !== undefined;
  }

  #leave(connection: HttpConnection): void {
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
  }
}

function boundAddress(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('listening on a port gave no address');
  return address;
}
