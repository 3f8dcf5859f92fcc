import type { Prefix } from '../inetdiag/index.js';
import type { RelayAccepted, RelayConnected, RelayConnectFailed, RelayDump, RelayEnded } from '../native/index.js';
import type { ServiceConfig } from '../services/config/index.js';
import { type CloseReason, isIdleFor, type RejectReason, ServiceLimits } from '../services/limits/index.js';
import { type ServiceReport, ServiceStatistics, serviceLine } from '../services/statistics/index.js';
import { BackendConnector } from './backend.js';
import { closeReason } from './close-reason.js';
import { ForwardedConnection, lastReadUnixMs } from './connection.js';
import type { ForwardContext } from './context.js';
import { drain } from './drain.js';
import { DumpBudget } from './dump-budget.js';
import { formatDump, formatOmission } from './dump-lines.js';
import { LineBudget } from './line-budget.js';
import { maxOpen } from './relay-options.js';
import { endedFigures, sessionFields } from './session.js';

/** Lines about rejected connections per second and service. */
const REJECTED_LINES_PER_SEC = 10;

/** Service that is forwarded: its listener, its connections and their limits. The forwarder passes it the relay's events. */
export class ForwardedService {
  readonly #context: ForwardContext;
  readonly #limits: ServiceLimits<ForwardedConnection>;
  readonly #statistics = new ServiceStatistics(Date.now());
  readonly #backend: BackendConnector;
  readonly #rejectedLines: LineBudget;
  /** All connections that have not ended, rejected ones too. */
  readonly #connections = new Set<ForwardedConnection>();
  /** Admitted ones of them, evicted ones too. */
  readonly #admitted = new Set<ForwardedConnection>();
  /** Connections that wait for a place, the first one first. */
  readonly #waiting = new Set<ForwardedConnection>();
  readonly #dumpBudget: DumpBudget;
  #config: ServiceConfig;
  #listen: string;

  /**
   * @param listener number of its listener in the relay
   * @param listen address that it listens on, `[::]:80`
   */
  constructor(
    config: ServiceConfig,
    readonly listener: number,
    listen: string,
    context: ForwardContext,
  ) {
    this.#config = config;
    this.#listen = listen;
    this.#context = context;
    this.#limits = new ServiceLimits<ForwardedConnection>(config.limits);
    this.#backend = new BackendConnector(context, (connection, reason) => this.#refuse(connection, reason));
    this.#rejectedLines = new LineBudget(REJECTED_LINES_PER_SEC, context.nowMs);
    this.#dumpBudget = new DumpBudget(dumpRate(config), context.nowMs);
  }

  /** Configuration in force. */
  get config(): ServiceConfig {
    return this.#config;
  }

  /** Limits in force, and the counts of connections. */
  get limits(): ServiceLimits<ForwardedConnection> {
    return this.#limits;
  }

  /** Number of connections that have not ended, rejected ones too until they are closed. */
  get open(): number {
    return this.#connections.size;
  }

  /** Takes an accepted connection, and returns it. */
  accepted(event: RelayAccepted): ForwardedConnection {
    const { nowMs } = this.#context;
    const connection = new ForwardedConnection(event, this.#config, this.#limits.options.ipPrefix, nowMs());
    this.#connections.add(connection);
    this.#admit(connection);
    return connection;
  }

  /** Takes the event that the backend accepted. */
  connected(connection: ForwardedConnection, event: RelayConnected): void {
    connection.connected = event;
    this.#backend.succeeded(connection.config);
    this.#context.observer?.connected(this.#config.name, event.connectUs);
  }

  /** Takes the event that an address of the backend could not be reached. */
  connectFailed(connection: ForwardedConnection, event: RelayConnectFailed): void {
    if (connection.state === 'admitted' && connection.ruleReason === undefined) this.#backend.failed(connection, event);
  }

  /** Takes the end of a connection: counts and logs it, and admits one that waits. */
  ended(connection: ForwardedConnection, event: RelayEnded): void {
    this.#connections.delete(connection);
    this.#waiting.delete(connection);
    if (connection.state === 'admitted') this.#closed(connection, event);
    this.#admitWaiting();
  }

  /** Takes the copy of bytes for a dump. */
  dumped(connection: ForwardedConnection, { direction, readUs, offset, bytes }: RelayDump): void {
    const { forward, sid, name: service } = connection.config;
    if (forward === undefined || forward.dump === 'none') return;
    const { client, cookie } = connection;
    const uuid = this.#context.uuidOf(cookie);
    const taken = this.#dumpBudget.take(bytes.length);
    connection.undumpedBytes += bytes.length - taken;
    if (taken === 0) return;
    const part = bytes.subarray(0, taken);
    const text = formatDump(forward.dump, { sid, service, uuid, client, direction, readUs, offset, bytes: part });
    this.#context.dumps.write(forward.dumpFile, text);
  }

  /** Ends a connection with FIN, for a reason that statistics have. */
  end(connection: ForwardedConnection, reason: CloseReason, how: 'fin' | 'rst' = 'fin'): void {
    connection.ruleReason ??= reason;
    this.#context.relay.closeConnection(connection.id, how);
  }

  /** Ends admitted connections that a test chooses. Returns their number. */
  endIf(reason: CloseReason, test: (connection: ForwardedConnection) => boolean): number {
    this.#context.refresh();
    const chosen = Array.from(this.#admitted).filter((each) => each.ruleReason === undefined && test(each));
    for (const connection of chosen) this.end(connection, reason);
    return chosen.length;
  }

  /** Returns whether a connection has been idle for a time by the service's rule. */
  isIdle(connection: ForwardedConnection, ms: number): boolean {
    return !connection.isBusy && isIdleFor(connection, this.#limits.options, ms, this.#context.nowMs());
  }

  /**
   * Refuses a prefix, and ends its open connections. Returns their number.
   * @param forMs undefined: until {@link release}
   * @throws TooManyBansError
   */
  reject(prefix: Prefix, forMs?: number): number {
    return this.#endRefused(this.#limits.ban(prefix, this.#context.nowMs(), forMs));
  }

  /** Releases what {@link reject} refused. Returns whether it was refused. Lists of the configuration stay. */
  release(prefix: Prefix): boolean {
    return this.#limits.release(prefix, this.#context.nowMs());
  }

  /** Prefixes that {@link reject} refuses, with the milliseconds that are left; undefined: until {@link release}. */
  refused(): { readonly prefix: string; readonly leftMs: number | undefined }[] {
    const nowMs = this.#context.nowMs();
    return this.#limits.bans
      .list(nowMs)
      .map(({ prefix, untilMs }) => ({ prefix, leftMs: untilMs === undefined ? undefined : untilMs - nowMs }));
  }

  /** Returns whether a UUID is that of one of a connection's sockets. */
  hasUuid({ cookie, connected }: ForwardedConnection, uuid: string): boolean {
    const { uuidOf } = this.#context;
    return uuidOf(cookie) === uuid || (connected !== undefined && uuidOf(connected.cookie) === uuid);
  }

  /** Replaces the configuration, for new connections. Open ones whose address is refused now are ended. */
  reconfigure(config: ServiceConfig): void {
    this.#config = config;
    this.#dumpBudget.bytesPerSec = dumpRate(config);
    this.#endRefused(this.#limits.reconfigure(config.limits, this.#context.nowMs()));
    this.#context.relay.setMaxOpen(this.listener, maxOpen(config.limits));
    this.#admitWaiting();
  }

  /** Admits no connection from now on. The listener stays open; new connections are rejected. */
  refuseNew(): void {
    this.#limits.stop();
    for (const connection of this.#waiting) this.#admit(connection);
  }

  /** Admits connections again. */
  admitAgain(): void {
    this.#limits.resume();
  }

  /**
   * Ends all connections: idle ones with FIN, others when they become idle or end by themselves, the rest after
   * `wait_timeout`. Resolves when none is left, or as soon as connections are admitted again.
   */
  drain(): Promise<void> {
    this.refuseNew();
    return drain({
      left: () => (this.#limits.isStopping ? this.#connections : []),
      refresh: this.#context.refresh,
      nowMs: this.#context.nowMs,
      waitMs: this.#config.waitTimeoutMs,
      end: (connection) => this.end(connection, 'drain'),
    });
  }

  /** Returns the statistics by now; those of open connections are as old as the last look at the relay. */
  report(maxClients?: number): ServiceReport {
    const { name, sid } = this.#config;
    return this.#statistics.report({
      identity: { sid, name, mode: 'forwarded', listen: [this.#listen], netns: null },
      open: this.#admitted,
      unixMs: Date.now(),
      nowMs: this.#context.nowMs(),
      ...(maxClients === undefined ? {} : { maxClients }),
    });
  }

  /** Returns the log line of gihnius/monconn. */
  toString(): string {
    return serviceLine(this.report(0));
  }

  /** Notes that a client of this service sent something. */
  accessed(unixMs: number): void {
    this.#statistics.accessed(unixMs);
  }

  #admit(connection: ForwardedConnection): void {
    const { whenFull } = this.#limits.options;
    // Who is idle for longest is decided by clocks that are up to date.
    if (whenFull === 'evict_idle' && this.#isFullFor(connection)) this.#context.refresh();
    const decision = this.#limits.admit(connection, this.#context.nowMs());
    if (decision.kind === 'wait') {
      this.#waiting.add(connection);
      return;
    }
    this.#waiting.delete(connection);
    if (decision.kind === 'reject') {
      this.#reject(connection, decision.reason);
      return;
    }
    if (decision.kind === 'evict') this.end(decision.victim, 'evicted');
    connection.state = 'admitted';
    this.#admitted.add(connection);
    this.#statistics.accepted(Date.now());
    this.#backend.connect(connection);
  }

  #admitWaiting(): void {
    for (const connection of this.#waiting) {
      if (this.#limits.isWaiting) return;
      this.#admit(connection);
    }
  }

  #isFullFor({ clientKey }: ForwardedConnection): boolean {
    const { connLimit, ipConnLimit } = this.#limits.options;
    const { counts } = this.#limits;
    return (
      (connLimit > 0 && counts.connections >= connLimit) || (ipConnLimit > 0 && counts.of(clientKey) >= ipConnLimit)
    );
  }

  #reject(connection: ForwardedConnection, reason: RejectReason): void {
    connection.state = 'rejected';
    this.#statistics.rejected(reason);
    this.#context.relay.reject(connection.id, this.#config.reject);
    if (!this.#context.logsSessions) return;
    const omitted = this.#rejectedLines.take();
    if (omitted === undefined) return;
    this.#context.log.info('rejected', {
      service: this.#config.name,
      client: connection.client,
      reason,
      omitted: omitted === 0 ? undefined : omitted,
    });
  }

  /** Rejects an admitted connection whose backend cannot be reached. */
  #refuse(connection: ForwardedConnection, reason: CloseReason): void {
    connection.ruleReason ??= reason;
    this.#context.relay.reject(connection.id, this.#config.reject);
  }

  #endRefused(refused: readonly ForwardedConnection[]): number {
    for (const connection of refused) this.end(connection, 'blacklist', this.#config.reject);
    return refused.length;
  }

  #closed(connection: ForwardedConnection, event: RelayEnded): void {
    const { log, logsSessions, observer, uuidOf } = this.#context;
    this.#limits.closed(connection);
    this.#admitted.delete(connection);
    const reason = closeReason(event.reason, connection.ruleReason, connection.config.limits);
    const figures = endedFigures(event);
    this.#statistics.closed(figures, reason);
    const readMs = lastReadUnixMs(connection, event);
    if (readMs !== undefined) this.#statistics.accessed(readMs);
    observer?.closed(this.#config.name, figures, reason);
    if (logsSessions) log.info('session', sessionFields(connection, event, reason, uuidOf));
    const omittedBytes = event.dumpOmittedBytes + connection.undumpedBytes;
    if (omittedBytes > 0) this.#omitted(connection, omittedBytes);
  }

  #omitted(connection: ForwardedConnection, bytes: number): void {
    const { sid, name: service, forward } = connection.config;
    const { client, cookie } = connection;
    const uuid = this.#context.uuidOf(cookie);
    const text = formatOmission({ sid, service, uuid, client, readUs: Date.now() * 1000 }, bytes);
    this.#context.dumps.write(forward?.dumpFile, text);
  }
}

function dumpRate({ forward }: ServiceConfig): number {
  return forward?.dumpBytesPerSec ?? 0;
}
