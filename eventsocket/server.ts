import { createServer, type Server, type Socket } from 'node:net';
import type { Connection, ConnectionObserver } from '../cache/index.js';
import type { ClientDropReason, Metrics } from '../metrics/index.js';
import { closeEvent, openEvent } from './connection-event.js';
import { EventSocketError } from './error.js';
import { formatClose, formatOpen } from './event.js';
import { type ClientEnd, ServedClient } from './served-client.js';
import { listenAt, type SocketFile } from './socket-file.js';
import { type Warn, Warnings } from './warnings.js';

/** How an {@link EventServer} works. */
export interface EventServerOptions {
  /** Where flows, clients and losses are counted. */
  readonly metrics: Pick<Metrics, 'events' | 'reference'>;
  /** Bytes that may wait for one client before it is dropped (default 8 MiB, about 40 000 events). */
  readonly queueLimitBytes?: number;
  /** Clients served at one time; more are turned away (default 1024). */
  readonly maxClients?: number;
  /** Told of clients that were dropped or turned away, at most once in ten seconds for each reason. */
  readonly warn?: Warn;
}

/** Lines of one moment are sent together, in pieces of about this size. */
const CHUNK_BYTES = 64 * 1024;

/**
 * Tells every client of its unix socket which flows open and close, one line of JSON each, in order, from the moment
 * that it connects; nothing is repeated for latecomers. A client that does not keep up is dropped when its queue is
 * full; until then, and by then, the others get every event without delay.
 */
export class EventServer implements ConnectionObserver {
  readonly #metrics: Pick<Metrics, 'events' | 'reference'>;
  readonly #queueLimitBytes: number;
  readonly #maxClients: number;
  readonly #warnings: Warnings;
  readonly #server: Server;
  readonly #clients = new Set<ServedClient>();
  #file: SocketFile | undefined;
  #state: 'new' | 'listening' | 'closed' = 'new';
  #lines: string[] = [];
  #lineBytes = 0;

  constructor({ metrics, queueLimitBytes = 8 * 1024 * 1024, maxClients = 1024, warn = () => {} }: EventServerOptions) {
    this.#metrics = metrics;
    this.#queueLimitBytes = queueLimitBytes;
    this.#maxClients = maxClients;
    this.#warnings = new Warnings(warn);
    this.#server = createServer((socket) => this.#accept(socket));
    metrics.events.queueLimitBytes.set(queueLimitBytes);
    metrics.events.clientsLimit.set(maxClients);
  }

  /**
   * Makes the socket file and begins to serve. A file left over by a server that is gone is replaced; a socket that
   * somebody serves, or anything else at the path, is an error. The directory must exist. The file's mode is what the
   * umask leaves of 0777, and connecting takes write permission: with the usual umask only the same user (or root) may.
   * @throws EventSocketError
   */
  async listen(path: string): Promise<void> {
    if (this.#state !== 'new') {
      throw new EventSocketError('listen', path, 'ERR_STATE', 'this server was started before');
    }
    this.#state = 'listening';
    try {
      this.#file = await listenAt(this.#server, path);
    } catch (error) {
      this.#state = 'new';
      throw error;
    }
    // Out of descriptors at accept, say: that connection is lost, the server is not.
    this.#server.on('error', (error) => this.#warnings.warn('accept', `event socket: ${error.message}`, {}));
    this.#metrics.reference.flowEvents.inc('open', 0);
    this.#metrics.reference.flowEvents.inc('close', 0);
  }

  /** Clients connected now. */
  get clients(): number {
    return this.#clients.size;
  }

  opened(connection: Connection): void {
    this.#metrics.reference.flowEvents.inc('open');
    if (this.#clients.size > 0) {
      this.#publish(formatOpen(openEvent(connection)));
    }
  }

  /** Clients hear of beginnings and ends only. */
  changed(): void {}

  closed(connection: Connection, timestamp: string): void {
    this.#metrics.reference.flowEvents.inc('close');
    if (this.#clients.size > 0) {
      this.#publish(formatClose(closeEvent(connection, timestamp)));
    }
  }

  /**
   * Removes the socket file, unless it is no longer ours, and takes no more clients; waits at most `graceMs` until the
   * clients have taken what is queued for them, and ends them.
   */
  async close(graceMs = 1000): Promise<void> {
    if (this.#state !== 'listening') {
      return;
    }
    this.#state = 'closed';
    this.#flush();
    try {
      this.#file?.remove();
    } catch (error) {
      this.#warnings.warn('remove', `event socket: remove file: ${String(error)}`, {});
    }
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const timer = setTimeout(() => {
      for (const client of this.#clients) {
        client.end('slow');
      }
    }, graceMs);
    await Promise.all([...this.#clients].map((client) => client.finish()));
    clearTimeout(timer);
    await stopped;
  }

  #accept(socket: Socket): void {
    const { events } = this.#metrics;
    events.clientsConnected.inc();
    if (this.#state !== 'listening') {
      socket.destroy();
      return;
    }
    if (this.#clients.size >= this.#maxClients) {
      socket.destroy();
      events.clientsDropped.inc('limit');
      this.#warnings.warn('limit', 'event client turned away', { reason: 'limit', clients: this.#clients.size });
      return;
    }
    const onEnd = (client: ServedClient, end: ClientEnd, eventsLost: number) => this.#forget(client, end, eventsLost);
    this.#clients.add(new ServedClient(socket, this.#queueLimitBytes, onEnd));
    events.clients.set(this.#clients.size);
  }

  #forget(client: ServedClient, end: ClientEnd, eventsLost: number): void {
    const { events } = this.#metrics;
    this.#clients.delete(client);
    events.clients.set(this.#clients.size);
    events.eventsLost.inc(eventsLost);
    if (end === 'closed') {
      return;
    }
    const reason: ClientDropReason = end;
    events.clientsDropped.inc(reason);
    if (reason !== 'gone') {
      this.#warnings.warn(reason, 'event client dropped', { reason, events_lost: eventsLost });
    }
  }

  /** Gathers lines until what runs now is done: a scan's events, which come together, take one write for each client. */
  #publish(line: string): void {
    if (this.#lines.length === 0) {
      queueMicrotask(() => this.#flush());
    }
    this.#lines.push(line);
    this.#lineBytes += line.length + 1;
    if (this.#lineBytes >= CHUNK_BYTES) {
      this.#flush();
    }
  }

  #flush(): void {
    const events = this.#lines.length;
    if (events === 0) {
      return;
    }
    const chunk = Buffer.from(`${this.#lines.join('\n')}\n`);
    this.#lines = [];
    this.#lineBytes = 0;
    for (const client of this.#clients) {
      client.send(chunk, events);
    }
  }
}
