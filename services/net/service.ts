import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { formatHost } from '../config/index.js';
import { clientOfText, type RejectReason, ServiceLimits } from '../limits/index.js';
import {
  createDelta,
  type ServiceDelta,
  type ServiceReport,
  ServiceStatistics,
  serviceLine,
} from '../statistics/index.js';
import { resetSocket, ServiceConnection } from './connection.js';
import { ConnectionQueue } from './connection-queue.js';
import { drain } from './drain.js';
import { ServiceError } from './error.js';
import { type ResolvedOptions, readPrefix, resolveOptions, type ServiceOptions } from './options.js';

/** Silence after which keep-alive probes begin. */
const KEEPALIVE_MS = 30_000;
/** Connections that wait for a place with `whenFull: 'wait'`: as many as a backlog. */
const MAX_WAITING = 4_096;

/** Options of {@link Service.listen}: those of `net.Server.listen`, and `allowHalfOpen`. */
export interface ServiceListenOptions extends Pick<ListenOptions, 'host' | 'port' | 'path' | 'backlog' | 'ipv6Only'> {
  /** Let the program answer after the client's FIN. Default: false, as in `net.createServer`. */
  readonly allowHalfOpen?: boolean;
}

/** Options of {@link Service.close}. */
export interface CloseOptions {
  /** Milliseconds that busy connections have. Default: that of the service. */
  readonly waitMs?: number;
}

/**
 * Service: the connections of a program's own listeners, counted and limited. Connections come from {@link listen}, or
 * from any server of Node's by {@link wrap}.
 */
export class Service implements AsyncIterable<ServiceConnection> {
  readonly sid: string;
  readonly #options: ResolvedOptions;
  readonly #limits: ServiceLimits<ServiceConnection>;
  readonly #statistics = new ServiceStatistics(Date.now());
  readonly #servers = new Set<Server>();
  readonly #queue = new ConnectionQueue<ServiceConnection>();
  /** Accepted sockets that wait for a place, with `whenFull: 'wait'`. */
  readonly #waiting = new Set<Socket>();
  #timer: NodeJS.Timeout | undefined;
  #closed: Promise<void> | undefined;

  /** @throws ServiceError for options that cannot be honoured */
  constructor(sid: string, options: ServiceOptions = {}) {
    this.sid = sid;
    this.#options = resolveOptions(sid, options);
    this.#limits = new ServiceLimits<ServiceConnection>(this.#options.limits);
  }

  /**
   * Listens, and admits connections: `for await (const connection of service)` yields them. May be called for several
   * addresses.
   * @returns the address that it listens on
   * @throws ServiceError `ERR_SERVICE_CLOSED`; the system's error, such as EADDRINUSE
   */
  async listen({ allowHalfOpen = false, ...options }: ServiceListenOptions): Promise<ReturnType<Server['address']>> {
    this.#requireOpen();
    const server = createServer({ allowHalfOpen }, (socket) => this.#accepted(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options, () => {
        server.off('error', reject);
        resolve();
      });
    });
    // Accepting may fail later, by EMFILE for example; the server goes on by itself.
    server.on('error', (error) => this.#log(`accept failed: ${error.message}`));
    this.#servers.add(server);
    this.#log(`listening on ${addressText(server)}`);
    return server.address();
  }

  /**
   * Takes a socket of any server: `http.Server` and `tls.Server` too, in their event `connection`. Returns undefined if
   * it was not admitted; it has been ended then. It cannot wait: `whenFull: 'wait'` rejects it.
   */
  wrap(socket: Socket): ServiceConnection | undefined {
    const connection = this.#admit(socket);
    if (connection === 'wait') {
      this.#reject(socket, 'conn_limit');
      return undefined;
    }
    return connection;
  }

  /** Refuses an address or a prefix, and ends its open connections. @throws ServiceError, TooManyBansError */
  reject(prefix: string, { forMs }: { readonly forMs?: number } = {}): void {
    const ended = this.#limits.ban(readPrefix(this.sid, prefix), performance.now(), forMs);
    this.#log(`refusing ${prefix}, ending ${ended.length} connections`);
    for (const connection of ended) connection.closeFor('blacklist', this.#options.rejectBy);
  }

  /** Releases what {@link reject} refused. Returns whether it was refused. Lists of the options stay. @throws ServiceError */
  release(prefix: string): boolean {
    return this.#limits.release(readPrefix(this.sid, prefix), performance.now());
  }

  /** Open connections. */
  connections(): Iterable<ServiceConnection> {
    return this.#limits.counts.all();
  }

  /** Returns the bytes from clients and to clients since the start, of open connections too. */
  bytes(): { readonly up: number; readonly down: number } {
    const { upBytes: up, downBytes: down } = this.#statistics.totals(this.#limits.counts.all());
    return { up, down };
  }

  /** Makes one caller's meter: each call returns what was added since the last one. */
  delta(): () => ServiceDelta {
    return createDelta(
      () => this.#statistics.totals(this.#limits.counts.all()),
      () => performance.now(),
    );
  }

  /** Returns the statistics by now. */
  stats(): ServiceReport {
    this.#sample();
    return this.#statistics.report({
      identity: {
        sid: this.sid,
        name: this.sid,
        mode: 'library',
        listen: Array.from(this.#servers, addressText),
        netns: null,
      },
      open: this.#limits.counts.all(),
      unixMs: Date.now(),
      nowMs: performance.now(),
    });
  }

  /** Returns the log line of gihnius/monconn. */
  toString(): string {
    return serviceLine(this.stats());
  }

  /**
   * Stops: all listeners close at once, idle connections end with FIN, busy ones have `waitMs`, the rest is closed.
   * Resolves as soon as the last connection has ended. Servers whose sockets were wrapped are the program's to close.
   */
  close({ waitMs = this.#options.waitMs }: CloseOptions = {}): Promise<void> {
    this.#closed ??= this.#close(waitMs);
    return this.#closed;
  }

  /** Yields admitted connections of {@link listen}, until {@link close}. */
  [Symbol.asyncIterator](): AsyncIterator<ServiceConnection, undefined> {
    return { next: () => this.#queue.next() };
  }

  async #close(waitMs: number): Promise<void> {
    this.#log('stopping');
    this.#limits.stop();
    for (const socket of this.#waiting) this.#reject(socket, 'stopping');
    this.#waiting.clear();
    const servers = Array.from(
      this.#servers,
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    await drain(() => this.#limits.counts.all(), waitMs);
    await Promise.all(servers);
    this.#servers.clear();
    this.#queue.close();
    clearInterval(this.#timer);
    this.#log(`stopped: ${this}`);
  }

  #accepted(socket: Socket): void {
    const connection = this.#admit(socket);
    if (connection === undefined) return;
    if (connection !== 'wait') {
      this.#queue.push(connection);
      connection.socket.once('close', () => this.#queue.delete(connection));
    } else if (this.#waiting.size >= MAX_WAITING) {
      this.#reject(socket, 'conn_limit');
    } else {
      this.#waiting.add(socket);
      socket.once('close', () => this.#waiting.delete(socket));
      socket.on('error', ignoreReset);
    }
  }

  #admit(socket: Socket): ServiceConnection | undefined | 'wait' {
    const client = clientOfText(socket.remoteAddress ?? '', this.#limits.options.ipPrefix);
    if (client === undefined) {
      // The client has reset it already, so it has no address any longer; or it is a unix socket.
      socket.destroy();
      return undefined;
    }
    const connection = new ServiceConnection(socket, this.sid, client);
    const decision = this.#limits.admit(connection, performance.now());
    if (decision.kind === 'wait') return 'wait';
    if (decision.kind === 'reject') {
      this.#reject(socket, decision.reason);
      return undefined;
    }
    if (decision.kind === 'evict') this.#end(decision.victim, 'evicted');
    socket.setKeepAlive(this.#options.keepalive, KEEPALIVE_MS);
    this.#statistics.accepted(Date.now());
    socket.once('close', () => this.#ended(connection));
    this.#timer ??= setInterval(() => this.#tick(), tickMs(this.#limits)).unref();
    return connection;
  }

  #ended(connection: ServiceConnection): void {
    connection.sample();
    this.#limits.closed(connection);
    this.#statistics.closed(connection, connection.closeReason);
    for (const socket of this.#waiting) {
      if (this.#limits.isWaiting) return;
      this.#waiting.delete(socket);
      socket.off('error', ignoreReset);
      this.#accepted(socket);
    }
  }

  #reject(socket: Socket, reason: RejectReason): void {
    this.#statistics.rejected(reason);
    this.#log(`rejected ${socket.remoteAddress}: ${reason}`);
    socket.on('error', ignoreReset);
    if (this.#options.rejectBy === 'rst') resetSocket(socket);
    else socket.destroySoon();
  }

  #end(connection: ServiceConnection, reason: Parameters<ServiceConnection['closeFor']>[0]): void {
    this.#log(`ending ${connection.label}: ${reason}`);
    // A client that takes nothing would never let what is written be sent, nor the FIN after it.
    connection.closeFor(reason, connection.socket.writableLength > 0 ? 'rst' : 'fin');
  }

  #tick(): void {
    this.#sample();
    for (const { connection, reason } of this.#limits.due(performance.now())) this.#end(connection, reason);
  }

  #sample(): void {
    let hasRead = false;
    for (const connection of this.#limits.counts.all()) hasRead = connection.sample() || hasRead;
    if (hasRead) this.#statistics.accessed(Date.now());
  }

  #requireOpen(): void {
    if (this.#closed !== undefined)
      throw new ServiceError('ERR_SERVICE_CLOSED', this.sid, 'it was closed: make a new one');
  }

  #log(message: string): void {
    this.#options.log(`S[${this.sid}] ${message}`);
  }
}

/** Errors of a socket that is being ended: its end is what was asked for. */
function ignoreReset(): void {}

/** Returns the interval of samples: a twentieth of the shortest time, from 20 ms to a second. */
function tickMs({ options }: Pick<ServiceLimits<ServiceConnection>, 'options'>): number {
  const times = [options.maxIdleMs, options.maxLifetimeMs, options.readTimeoutMs, options.writeTimeoutMs];
  const shortest = Math.min(...times.filter((ms) => ms > 0));
  return Math.min(1_000, Math.max(20, shortest / 20));
}

function addressText(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') return address ?? 'closed';
  return `${formatHost(address.address)}:${address.port}`;
}
