import { createServer, type Server, type Socket } from 'node:net';
import type { Connection, ConnectionEnd, ConnectionObserver } from '../cache/index.js';
import type { ClientDropReason, Metrics } from '../metrics/index.js';
import { closeEvent, fullCloseEvent, openEvent } from './connection-event.js';
import { EventSocketError } from './error.js';
import type { EventPosition } from './event.js';
import { formatClose, formatOpen } from './event-line.js';
import { EventLog } from './event-log.js';
import { LastInfo } from './last-info.js';
import { Ledger } from './ledger.js';
import { replayChunks, toChunk } from './replay.js';
import { type ClientEnd, ServedClient } from './served-client.js';
import { listenAt, type SocketFile } from './socket-file.js';
import { Turns } from './turns.js';
import { type Warn, Warnings } from './warnings.js';

/** How an {@link EventServer} works. */
export interface EventServerOptions {
  /** Where flows, clients and losses are counted. */
  readonly metrics: Pick<Metrics, 'events' | 'reference'>;
  /**
   * Bytes that a client may be behind the others before it is dropped (default 8 MiB, about 40 000 events). What waits is
   * in memory once for all clients.
   */
  readonly queueLimitBytes?: number;
  /** Clients served at one time; more are turned away (default 1024). */
  readonly maxClients?: number;
  /**
   * The living connections, asked for when a client comes, which is then told of each, marked as replay. They must be
   * those of which this server was told: opened and not yet closed. Without it clients hear of what is new only.
   */
  readonly live?: () => Iterable<Connection>;
  /** Milliseconds that a client has to take the next piece of its replay before it is dropped (default 30 000). */
  readonly replayStallMs?: number;
  /** Whether events carry their number and losses, and closes what is known at the end (default false). */
  readonly v2?: boolean;
  /** Told of clients that were dropped or turned away, at most once in ten seconds for each reason. */
  readonly warn?: Warn;
}

/** Lines of one moment are sent together, in pieces of about this size. */
const CHUNK_BYTES = 64 * 1024;

/**
 * A piece of a replay stays in memory until the client has read it, outside the limit of its queue, which fills only
 * when something happens: a client that does not read would keep it for ever on a quiet machine. A client that reads on
 * takes the thousand events that the kernel buffers, after which it lets us write again, well within this time.
 */
const REPLAY_STALL_MS = 30_000;

/**
 * Tells every client of its unix socket which flows open and close, one line of JSON each, in order, from the moment
 * that it connects; on request, before that, which flows are open. A client that does not keep up is dropped when its
 * queue is full, or when it leaves its replay unread; until then, and by then, the others get every event without delay.
 */
export class EventServer implements ConnectionObserver {
  readonly #metrics: Pick<Metrics, 'events' | 'reference'>;
  readonly #queueLimitBytes: number;
  readonly #maxClients: number;
  readonly #live: (() => Iterable<Connection>) | undefined;
  readonly #replayStallMs: number;
  readonly #warnings: Warnings;
  readonly #server: Server;
  /** There when closes are to carry what is known at the end. */
  readonly #lastInfo: LastInfo | undefined;
  readonly #clients = new Set<ServedClient>();
  readonly #turns = new Turns();
  readonly #log = new EventLog();
  /** There while replays are under way. */
  #ledger: Ledger | undefined;
  #file: SocketFile | undefined;
  #state: 'new' | 'listening' | 'closed' = 'new';
  #lines: string[] = [];
  #lineBytes = 0;
  /** Events told of, whether or not anybody listened. */
  #sequence = 0;
  /** Events that were queued for a client and did not go out. */
  #dropped = 0;

  constructor(options: EventServerOptions) {
    const { metrics, queueLimitBytes = 8 * 1024 * 1024, maxClients = 1024, live, v2, warn = () => {} } = options;
    const { replayStallMs = REPLAY_STALL_MS } = options;
    this.#metrics = metrics;
    this.#queueLimitBytes = queueLimitBytes;
    this.#maxClients = maxClients;
    this.#live = live;
    this.#replayStallMs = replayStallMs;
    this.#lastInfo = v2 === true ? new LastInfo() : undefined;
    this.#warnings = new Warnings(warn);
    this.#server = createServer((socket) => this.#accept(socket));
    metrics.events.queueLimitBytes.set(queueLimitBytes);
    metrics.events.queueBytes.by(() => Math.max(0, ...Array.from(this.#clients, ({ waitingBytes }) => waitingBytes)));
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
    this.#sequence++;
    this.#metrics.reference.flowEvents.inc('open');
    this.#lastInfo?.note(connection);
    this.#ledger?.opened(connection, this.#sequence);
    if (this.#clients.size > 0) {
      this.#publish(formatOpen(openEvent(connection, this.#position())));
    }
  }

  /** Clients hear of beginnings and ends only. */
  changed(connection: Connection): void {
    this.#lastInfo?.note(connection);
  }

  closed(connection: Connection, end: ConnectionEnd): void {
    this.#sequence++;
    this.#metrics.reference.flowEvents.inc('close');
    const tcpInfo = this.#lastInfo?.take(connection);
    this.#ledger?.closed(connection, this.#sequence);
    if (this.#clients.size === 0) {
      return;
    }
    const position = this.#position();
    const event =
      position === undefined ? closeEvent(connection, end) : fullCloseEvent(connection, end, tcpInfo, position);
    this.#publish(formatClose(event));
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
    // What is gathered happened before this client came: it is for those who were there, and part of the replay.
    this.#flush();
    const client = new ServedClient({ socket, log: this.#log, queueLimitBytes: this.#queueLimitBytes, onEnd });
    this.#clients.add(client);
    events.clients.set(this.#clients.size);
    if (this.#live !== undefined) this.#replay(client, this.#live);
  }

  /** Formats what is open now as the client reads: what closes meanwhile is sent as closed behind the replay. */
  #replay(client: ServedClient, live: () => Iterable<Connection>): void {
    this.#ledger ??= new Ledger(live());
    const ledger = this.#ledger;
    const replayed = ledger.replay(this.#sequence);
    client.replay({
      chunks: replayChunks(replayed, this.#position()),
      turns: this.#turns,
      stallMs: this.#replayStallMs,
      onWritten: (events) => this.#metrics.events.eventsReplayed.inc(events),
      onEnd: () => {
        replayed.end();
        if (!ledger.isUsed) this.#ledger = undefined;
      },
    });
  }

  /** Where the last event stands; undefined unless clients are to know. */
  #position(): EventPosition | undefined {
    return this.#lastInfo === undefined ? undefined : { sequence: this.#sequence, dropped: this.#dropped };
  }

  #forget(client: ServedClient, end: ClientEnd, eventsLost: number): void {
    const { events } = this.#metrics;
    this.#clients.delete(client);
    if (this.#clients.size === 0) this.#log.clear();
    events.clients.set(this.#clients.size);
    events.eventsLost.inc(eventsLost);
    this.#dropped += eventsLost;
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
    this.#log.append(toChunk(this.#lines), events);
    this.#lines = [];
    this.#lineBytes = 0;
    for (const client of this.#clients) {
      client.wake();
    }
  }
}
