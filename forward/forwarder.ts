import type { Writable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { formatUuid } from '../cache/index.js';
import { type Logger, TroubleLog } from '../log/index.js';
import {
  netlink,
  type Relay,
  type RelayAccepted,
  type RelayBatch,
  type RelayEvent,
  readRelayConnections,
  readRelayEvents,
} from '../native/index.js';
import { formatHost, MAX_DUMP_RATE, type ServiceConfig } from '../services/config/index.js';
import type { ServiceReport } from '../services/statistics/index.js';
import { errnoText } from './backend.js';
import type { ForwardedConnection } from './connection.js';
import { type ForwardContext, type ForwardObserver, monotonicMs } from './context.js';
import { DumpFiles } from './dump-files.js';
import { type OpenedListener, openListener } from './listen.js';
import { leadsBack } from './loops.js';
import { isOwnAddress } from './own-addresses.js';
import { socketOptions } from './relay-options.js';
import { Resolver } from './resolver.js';
import { ForwardedService } from './service.js';

/** Shortest time between two looks at all connections, in ms. */
const REFRESH_MS = 10;
/** Looks at all connections take at most this part of the time. */
const REFRESH_SHARE = 0.1;

/** Options of {@link Forwarder}. */
export interface ForwarderOptions {
  readonly log: Logger;
  /** False to leave out the line about each ended and each rejected connection. */
  readonly logsSessions: boolean;
  /** Prefix of UUIDs. */
  readonly uuidPrefix: string;
  /** Output of dumps that name no file. */
  readonly stdout: Writable;
  readonly observer?: ForwardObserver;
  /** True to share the addresses with a running forwarder of the same user, and to get all new connections. */
  readonly takesOver?: boolean;
  /** Default: the system's. */
  readonly resolver?: Resolver;
}

/** Thrown for a new configuration that cannot be taken while the forwarder runs. Nothing has changed. */
export class ForwardReloadError extends Error {
  override readonly name = 'ForwardReloadError';
  readonly code = 'ERR_FORWARD_RELOAD';
}

/** Numbers of services that a reload touched. */
export interface Reloaded {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  readonly unchanged: number;
}

/** Forwarded services on one relay: starts them all or none, passes them the relay's events, and stops them together. */
export class Forwarder {
  readonly #log: Logger;
  readonly #takesOver: boolean;
  readonly #relay: Relay;
  readonly #context: ForwardContext;
  readonly #accepting: TroubleLog;
  readonly #byListener = new Map<number, ForwardedService>();
  readonly #open = new Map<number, { readonly service: ForwardedService; readonly connection: ForwardedConnection }>();
  /** Services that take connections, by address. */
  readonly #services = new Map<string, ForwardedService>();
  /** Listeners that are being closed, and who waits for it. */
  readonly #stopping = new Map<number, () => void>();
  /** Drains of removed services. */
  readonly #removed = new Set<Promise<void>>();
  #refreshedMs = Number.NEGATIVE_INFINITY;
  #refreshTookMs = 0;
  #stopped: Promise<void> | undefined;

  constructor({ log, logsSessions, uuidPrefix, stdout, observer, takesOver, resolver }: ForwarderOptions) {
    this.#log = log;
    this.#takesOver = takesOver ?? false;
    this.#accepting = new TroubleLog(log);
    // Each service has a rate of its own: this one bounds what crosses to this thread.
    this.#relay = new netlink.Relay({ dumpBytesPerSec: MAX_DUMP_RATE }, (batch) => this.#received(batch));
    const names = resolver ?? new Resolver();
    this.#context = {
      relay: this.#relay,
      log,
      logsSessions,
      uuidOf: (cookie) => formatUuid(uuidPrefix, cookie),
      resolver: names,
      leadsBack: (service, address) =>
        leadsBack(
          service,
          address,
          this.services().map(({ config }) => config),
          { ofBackend: (host) => names.known(host), isOwn: isOwnAddress },
        ),
      dumps: new DumpFiles(stdout, log),
      nowMs: monotonicMs,
      refresh: () => this.#refresh(),
      observer,
    };
  }

  /** Services that take connections, in the order of their start. */
  services(): ForwardedService[] {
    return [...this.#services.values()];
  }

  /** Returns the service of a name; undefined without. */
  find(name: string): ForwardedService | undefined {
    return this.services().find(({ config }) => config.name === name);
  }

  /**
   * Opens the listeners of all services, and accepts on them: of all or of none. After a failure the forwarder is closed.
   * @throws ForwardListenError, DumpFileError
   */
  async start(configs: readonly ServiceConfig[]): Promise<void> {
    try {
      for (const service of await this.#openAll(configs)) this.#relay.resume(service.listener);
    } catch (error) {
      await this.#relay.close();
      await this.#context.dumps.close();
      throw error;
    }
  }

  /**
   * Takes a new configuration. Services of an unchanged address keep their listener and their connections; removed ones
   * drain. If anything of it fails, nothing changes.
   * @throws ForwardReloadError, ForwardListenError, DumpFileError
   */
  async reload(configs: readonly ServiceConfig[]): Promise<Reloaded> {
    const added = configs.filter(({ sid }) => !this.#services.has(sid));
    const changed = configs.filter(({ sid, ...config }) => {
      const service = this.#services.get(sid);
      return service !== undefined && !isSame(service.config, { sid, ...config });
    });
    for (const config of changed) this.#requireSameListener(config);
    const kept = new Set(configs.map(({ sid }) => sid));
    const removed = this.services().filter(({ config }) => !kept.has(config.sid));
    this.#openDumps(changed);
    const opened = await this.#openAll(added);
    for (const config of changed) this.#services.get(config.sid)?.reconfigure(config);
    for (const service of removed) this.#remove(service);
    for (const service of opened) this.#relay.resume(service.listener);
    this.#context.dumps.reopen();
    return {
      added: added.length,
      removed: removed.length,
      changed: changed.length,
      unchanged: configs.length - added.length - changed.length,
    };
  }

  /** Returns the statistics of all services by now. */
  reports(maxClients?: number): ServiceReport[] {
    this.#refresh();
    return this.services().map((service) => service.report(maxClients));
  }

  /**
   * Stops: all listeners close at once, idle connections are ended, the others have `wait_timeout`. Resolves as soon as
   * the last one has ended and everything was written. Further calls return the same promise.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const services = this.services();
    this.#log.info('stopping', { services: services.length, connections: this.#open.size });
    // Clients whose connections the kernel had accepted by then are served.
    await Promise.all(services.map((service) => this.#closeListener(service)));
    for (const service of services) service.refuseNew();
    await Promise.all([...services.map((service) => service.drain()), ...this.#removed]);
    for (const service of services) this.#log.info(service.toString(), { service: service.config.name });
    await this.#relay.close();
    await this.#context.dumps.close();
    this.#log.info('stopped');
  }

  /** Opens listeners that accept nothing yet: all or none. */
  async #openAll(configs: readonly ServiceConfig[]): Promise<ForwardedService[]> {
    this.#openDumps(configs);
    const opened: { readonly config: ServiceConfig; readonly listener: OpenedListener }[] = [];
    try {
      for (const config of configs)
        opened.push({ config, listener: await openListener(this.#relay, config, this.#takesOver) });
    } catch (error) {
      for (const { listener } of opened) this.#relay.stopListening(listener.listener);
      throw error;
    }
    return opened.map(({ config, listener: { listener, host, port } }) => {
      const listen = `${formatHost(host)}:${port}`;
      const service = new ForwardedService(config, listener, listen, this.#context);
      this.#services.set(config.sid, service);
      this.#byListener.set(listener, service);
      const { backendHost = '', backendPort = 0 } = config.forward ?? {};
      this.#log.info('listening', {
        service: config.name,
        listen,
        backend: `${formatHost(backendHost)}:${backendPort}`,
      });
      return service;
    });
  }

  #openDumps(configs: readonly ServiceConfig[]): void {
    const paths = configs.flatMap(({ forward }) =>
      forward === undefined || forward.dump === 'none' || forward.dumpFile === undefined ? [] : [forward.dumpFile],
    );
    this.#context.dumps.open(paths);
    for (const { name, forward } of configs) {
      if (forward === undefined || forward.dump === 'none') continue;
      this.#log.warn('bytes of connections are dumped: they hold what people send', {
        service: name,
        dump: forward.dump,
        file: forward.dumpFile ?? '-',
      });
    }
  }

  #requireSameListener(config: ServiceConfig): void {
    const before = this.#services.get(config.sid)?.config;
    if (before?.forward === undefined || config.forward === undefined) return;
    const [old, next] = [socketOptions(before.limits, before.forward), socketOptions(config.limits, config.forward)];
    if (isDeepStrictEqual(old, next)) return;
    throw new ForwardReloadError(
      `service ${config.name}: keepalive and write_timeout are options of its open listener: restart to change them`,
    );
  }

  #remove(service: ForwardedService): void {
    const { name, sid } = service.config;
    this.#services.delete(sid);
    this.#log.info('service removed: its connections drain', { service: name, connections: service.open });
    const drained = this.#closeListener(service)
      .then(() => service.drain())
      .then(() => this.#log.info(service.toString(), { service: name }))
      .finally(() => this.#removed.delete(drained));
    this.#removed.add(drained);
  }

  /** Closes a listener. Resolves when no further connection of it can come. */
  async #closeListener({ listener }: ForwardedService): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#stopping.set(listener, resolve));
    this.#relay.stopListening(listener);
    await closed;
  }

  #received(batch: RelayBatch): void {
    for (const event of readRelayEvents(batch)) this.#happened(event);
  }

  #happened(event: RelayEvent): void {
    switch (event.kind) {
      case 'accepted':
        this.#accepted(event);
        break;
      case 'accepting':
        this.#acceptingChanged(event.listener, event.errno);
        break;
      case 'stopped':
        this.#byListener.delete(event.listener);
        this.#stopping.get(event.listener)?.();
        this.#stopping.delete(event.listener);
        break;
      default:
        this.#changed(event);
    }
  }

  #accepted(event: RelayAccepted): void {
    const service = this.#byListener.get(event.listener);
    // The relay tells once that accepting goes on, which may be too early to call the trouble over.
    this.#accepting.succeeded('accepting goes on', { service: service?.config.name });
    if (service === undefined) this.#relay.reject(event.connection, 'rst');
    else this.#open.set(event.connection, { service, connection: service.accepted(event) });
  }

  #changed(event: Exclude<RelayEvent, { readonly kind: 'accepted' | 'accepting' | 'stopped' }>): void {
    const open = this.#open.get(event.connection);
    if (open === undefined) return;
    const { service, connection } = open;
    switch (event.kind) {
      case 'connected':
        service.connected(connection, event);
        break;
      case 'connect-failed':
        service.connectFailed(connection, event);
        break;
      case 'dump':
        service.dumped(connection, event);
        break;
      case 'ended':
        this.#open.delete(event.connection);
        service.ended(connection, event);
    }
  }

  #acceptingChanged(listener: number, errno: number): void {
    const service = this.#byListener.get(listener)?.config.name;
    if (errno === 0) {
      this.#accepting.succeeded('accepting goes on', { service });
      return;
    }
    this.#accepting.failed('accepting stopped: it goes on when a connection ends; raise the limit of open files', {
      service,
      error: errnoText(errno),
      connections: this.#open.size,
    });
  }

  /** Brings all connections up to date, unless that was done a moment ago. */
  #refresh(): void {
    const startMs = monotonicMs();
    const pauseMs = Math.max(REFRESH_MS, this.#refreshTookMs / REFRESH_SHARE);
    if (this.#open.size === 0 || startMs - this.#refreshedMs < pauseMs) return;
    const unixMs = Date.now();
    for (const row of readRelayConnections(this.#relay.connections())) {
      const open = this.#open.get(row.connection);
      if (open?.connection.update(row) === true) {
        open.service.accessed(unixMs - Math.max(0, startMs - open.connection.lastReadMs));
      }
    }
    this.#refreshedMs = monotonicMs();
    this.#refreshTookMs = this.#refreshedMs - startMs;
  }
}

function isSame({ place: _, ...before }: ServiceConfig, { place: __, ...next }: ServiceConfig): boolean {
  return isDeepStrictEqual(before, next);
}
