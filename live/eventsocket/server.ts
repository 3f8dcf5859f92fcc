import { createServer, type Server, type Socket } from 'node:net';
import type { Connection, ConnectionEnd, ConnectionObserver } from '../../cache/index.js';
import type { SocketFile } from '../../files/index.js';
import type { ClientDropReason, Metrics } from '../../metrics/index.js';
import { closeEvent, fullCloseEvent, openEvent, openingOf } from './connection-event.js';
import { EventSocketError } from './error.js';
import type { AlertEvent, EventPosition } from './event.js';
import { type EventFlows, Release } from './event-flows.js';
import { formatAlert, formatClose, formatOpen } from './event-line.js';
import { EventLog } from './event-log.js';
import { LastInfo } from './last-info.js';
import { Ledger } from './ledger.js';
import { replayChunks, toChunk } from './replay.js';
import { type ClientEnd, ServedClient } from './served-client.js';
import { listenAt } from './socket-file.js';
import { Turns } from './turns.js';
import { type Warn, Warnings } from './warnings.js';

/** Options of {@link EventServer}. */
export interface EventServerOptions {
  /** Metrics of flows, clients and losses. */
  readonly metrics: Pick<Metrics, 'events' | 'reference'>;
  /**
   * Bytes by which a client may be behind before it is dropped (default 8 MiB, about 40 000 events). Waiting events are
   * in memory only once for all clients.
   */
  readonly queueLimitBytes?: number;
  /** Maximum number of clients served at a time; others are disconnected at once (default 1024). */
  readonly maxClients?: number;
  /**
   * Returns the living connections. Called when a client connects; the client then gets an open event for each, marked
   * as replay. They must be exactly the connections for which `opened` but not yet `closed` was called. Absent: no
   * replay.
   */
  readonly live?: () => Iterable<Connection>;
  /** Time that a client has to read a chunk of its replay before it is dropped, milliseconds (default 30 000). */
  readonly replayStallMs?: number;
  /** True: events contain their number and losses, and close events the final counters and more (default false). */
  readonly v2?: boolean;
  /** Translations of connections for open events (default: events have none). */
  readonly flows?: EventFlows;
  /** Called when a client is dropped or turned away, at most once in ten seconds for each reason. */
  readonly warn?: Warn;
}

/** Approximate size of the chunks in which simultaneous lines are sent together. */
const CHUNK_BYTES = 64 * 1024;

/** Estimated size of a line that is formatted later, and the most that may wait for translated addresses. */
const HELD_LINE_BYTES = 300;
const MAX_HELD_BYTES = 1024 * 1024;

/**
 * Default time that a client has to read the next chunk of its replay. A chunk stays in memory until the client has
 * read it, and does not count for the queue limit: on a quiet machine, a client that does not read would keep it for
 * ever. A client that does read needs much less time for the thousand events that the kernel buffers.
 */
const REPLAY_STALL_MS = 30_000;

/**
 * Server that sends every client of its unix socket an event when a flow opens or closes: one line of JSON each, in
 * order, from the moment the client connects. With {@link EventServerOptions.live} a replay of the open flows comes
 * first. A client that is too slow is dropped when its queue is full, or when it does not read its replay. Other
 * clients are never delayed by it.
 */
export class EventServer implements ConnectionObserver {
  readonly #metrics: Pick<Metrics, 'events' | 'reference'>;
  readonly #queueLimitBytes: number;
  readonly #maxClients: number;
  readonly #live: (() => Iterable<Connection>) | undefined;
  readonly #replayStallMs: number;
  readonly #warnings: Warnings;
  readonly #server: Server;
  /** Present when close events contain final counters. */
  readonly #lastInfo: LastInfo | undefined;
  readonly #clients = new Set<ServedClient>();
  readonly #turns = new Turns();
  readonly #log = new EventLog();
  /** Present while replays are running. */
  #ledger: Ledger | undefined;
  #file: SocketFile | undefined;
  #state: 'new' | 'listening' | 'closed' = 'new';
  readonly #flows: EventFlows | undefined;
  readonly #release = new Release(() => this.#flush());
  /** Lines, or what they will be formatted from. */
  #lines: (string | (() => string))[] = [];
  #lineBytes = 0;
  /** Number of events so far, with or without clients. */
  #sequence = 0;
  /** Number of events that were queued for a client but not sent. */
  #dropped = 0;

  constructor(options: EventServerOptions) {
    const { metrics, queueLimitBytes = 8 * 1024 * 1024, maxClients = 1024, live, v2, warn = () => {} } = options;
    const { replayStallMs = REPLAY_STALL_MS } = options;
    this.#metrics = metrics;
    this.#queueLimitBytes = queueLimitBytes;
    this.#maxClients = maxClients;
    this.#live = live;
    this.#replayStallMs = replayStallMs;
    this.#flows = options.flows;
    this.#lastInfo = v2 === true ? new LastInfo() : undefined;
    this.#warnings = new Warnings(warn);
    this.#server = createServer((socket) => this.#accept(socket));
    metrics.events.queueLimitBytes.set(queueLimitBytes);
    metrics.events.queueBytes.by(() => Math.max(0, ...Array.from(this.#clients, ({ waitingBytes }) => waitingBytes)));
    metrics.events.clientsLimit.set(maxClients);
  }

  /**
   * Creates the socket file and starts serving. Replaces the socket of a server that is gone; a socket that a process
   * serves, or any other file at the path, is an error. The directory must exist. The file's mode is 0777, reduced by
   * the umask, and connecting needs write permission: with the usual umask only the same user (or root) can connect.
   * @throws EventSocketError
   */
  async listen(path: string): Promise<void> {
    if (this.#state !== 'new') {
      throw new EventSocketError('listen', path, 'ERR_STATE', 'listen was called before');
    }
    this.#state = 'listening';
    try {
      this.#file = await listenAt(this.#server, path);
    } catch (error) {
      this.#state = 'new';
      throw error;
    }
    // For example no descriptor left at accept: that connection is lost, but the server continues.
    this.#server.on('error', (error) => this.#warnings.warn('accept', `event socket: ${error.message}`, {}));
    this.#metrics.reference.flowEvents.inc('open', 0);
    this.#metrics.reference.flowEvents.inc('close', 0);
  }

  /** Number of connected clients. */
  get clients(): number {
    return this.#clients.size;
  }

  opened(connection: Connection): void {
    this.#sequence++;
    this.#metrics.reference.flowEvents.inc('open');
    this.#lastInfo?.note(connection);
    this.#ledger?.opened(connection, this.#sequence);
    if (this.#clients.size > 0) {
      this.#publishOpen(connection);
    }
  }

  /** Notes the last `tcp_info`. Clients get no event for a change. */
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

  /** Sends the beginning or end of an alert. */
  alert(event: Omit<AlertEvent, keyof EventPosition>): void {
    this.#sequence++;
    if (this.#clients.size > 0) this.#publish(formatAlert({ ...event, ...this.#position() }));
  }

  /**
   * Removes the socket file, unless another file has replaced it, and accepts no further clients. Waits at most
   * `graceMs` until the clients have received their queued events, then ends them.
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
    // Gathered events happened before this client connected: they go to the other clients, and are part of the replay.
    this.#flush();
    const client = new ServedClient({ socket, log: this.#log, queueLimitBytes: this.#queueLimitBytes, onEnd });
    this.#clients.add(client);
    events.clients.set(this.#clients.size);
    if (this.#live !== undefined) this.#replay(client, this.#live);
  }

  /** Replays the flows that are open now, formatted as the client reads. Their close events follow the replay. */
  #replay(client: ServedClient, live: () => Iterable<Connection>): void {
    this.#ledger ??= new Ledger(live(), this.#flows);
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

  /** Returns the position of the last event; undefined without `v2`. */
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

  /** Publishes an open event. With translations it is formatted later, when they are known. */
  #publishOpen(connection: Connection): void {
    const position = this.#position();
    if (this.#flows === undefined) {
      this.#publish(formatOpen(openEvent(connection, position)));
      return;
    }
    const opening = openingOf(connection, this.#flows.natReader(connection));
    this.#release.hold(this.#flows, connection);
    this.#publish(() => formatOpen(openEvent(opening, position)));
  }

  /** Gathers lines until the current task is done, so that the events of one scan take one write per client. */
  #publish(line: string | (() => string)): void {
    if (this.#lines.length === 0) this.#release.plan();
    this.#lines.push(line);
    this.#lineBytes += (typeof line === 'string' ? line.length : HELD_LINE_BYTES) + 1;
    if (this.#lineBytes >= (this.#release.isHeld ? MAX_HELD_BYTES : CHUNK_BYTES)) {
      this.#flush();
    }
  }

  #flush(): void {
    const events = this.#lines.length;
    if (events === 0) {
      return;
    }
    this.#release.done();
    const lines = this.#lines.map((line) => (typeof line === 'string' ? line : line()));
    this.#log.append(toChunk(lines), events);
    this.#lines = [];
    this.#lineBytes = 0;
    for (const client of this.#clients) {
      client.wake();
    }
  }
}
