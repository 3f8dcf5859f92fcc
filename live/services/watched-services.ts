import {
  type Connection,
  ConnectionCache,
  type ConnectionObserver,
  Exclusions,
  type StateSlots,
} from '../../cache/index.js';
import { FOREIGN_MAX_RECENTLY_CLOSED, WatchedFilters, type WatchedOptions } from '../../collector/index.js';
import { type FilterRule, mergePortRanges, type PortRange } from '../../inetdiag/index.js';
import type { Logger } from '../../log/index.js';
import type { ServiceMetrics } from '../../metrics/index.js';
import type { Netns } from '../../parse/index.js';
import type { ServiceConfig } from '../../services/config/index.js';
import { ServiceAnswers } from './service-answers.js';
import { rulesOf } from './service-state.js';
import { type EnforceMode, type ReloadedServices, ServiceWatch } from './service-watch.js';
import { SocketEnder } from './socket-ender.js';

/** Settings of watched services: flags `-services` and `-services.enforce`. */
export interface ServicesSettings {
  /** All services of the file; those with a backend are not watched. */
  readonly services: readonly ServiceConfig[];
  readonly mode: EnforceMode;
}

/** Options of {@link WatchedServices}. */
export interface WatchedServicesOptions {
  readonly settings: ServicesSettings;
  /** Slots of all observers of the collector. */
  readonly slots: StateSlots;
  /** True once a scan of the network namespace was complete; undefined is the own one. */
  readonly isWatched: (netns: Netns | undefined) => boolean;
  /** Returns the prefix of UUIDs in a network namespace. */
  readonly uuidPrefixIn: (netns: Netns | undefined) => string;
  /** False to answer without addresses of clients. */
  readonly showsClients: boolean;
  readonly metrics: ServiceMetrics;
  readonly log: Logger;
}

/** Thrown for services that cannot be watched without a restart. Nothing has changed. */
export class ServicesReloadError extends Error {
  override readonly name = 'ServicesReloadError';
  readonly code = 'ERR_SERVICES_RELOAD';

  constructor() {
    super("the kernel's filter cannot be replaced for these ports while it runs: restart the collector");
  }
}

/** Part of the collector that watched services use. */
export interface WatchingCollector {
  /** Yields the recorded connections. */
  connections(): Iterable<Connection>;
  /** Changes the local ports that are let through for services. Returns false if that is impossible. */
  setWatchedPorts(sports: readonly PortRange[]): boolean;
}

/** Time between two looks at whose time is over, while no scan brings anything. */
const LOOK_MS = 50;

/**
 * Watched services of all network namespaces that the collector records. They observe its connections. For those that
 * are not recorded, such as loopback, the kernel's filter lets their ports through, and they have caches of their own:
 * what is recorded does not change by a byte.
 */
export class WatchedServices {
  /** Answers about them. */
  readonly answers: ServiceAnswers;
  readonly #options: WatchedServicesOptions;
  readonly #watch: ServiceWatch;
  readonly #caches = new Map<Netns | undefined, ConnectionCache>();
  #services: readonly ServiceConfig[];
  #collector: WatchingCollector | undefined;
  #ender: SocketEnder | undefined;
  #ownPorts: ReadonlySet<number> = new Set();
  #timer: NodeJS.Timeout | undefined;
  /** True after the first complete scan. */
  #isStarted = false;

  constructor(options: WatchedServicesOptions) {
    this.#options = options;
    const { settings, slots, isWatched, metrics, log } = options;
    this.#services = watchedOf(settings.services);
    this.#watch = new ServiceWatch({
      services: this.#services,
      mode: settings.mode,
      ender: { end: (destroys) => this.#ender?.end(destroys) },
      ...{ slots, isWatched, metrics, log },
    });
    this.answers = new ServiceAnswers({
      services: () => this.#watch.services,
      enforce: settings.mode,
      command: (name, command) => this.#watch.command(name, command),
      showsClients: options.showsClients,
    });
  }

  /** Observer of the recorded connections. */
  get observer(): ConnectionObserver {
    return this.#watch.connections;
  }

  /**
   * Returns the part of the collector's options for watched services.
   * @param rules rules of the kernel's filter; undefined without one
   */
  collectorOptions(rules: readonly FilterRule[] | undefined): WatchedOptions {
    return {
      filters: new WatchedFilters(rules, portsOf(this.#services)),
      createCache: (netns) => this.#createCache(netns),
      onScan: (startNs, netns) => {
        this.#watch.scanned(startNs, netns);
        if (netns === undefined && !this.#isStarted) this.#logFirstScan();
      },
      onBatch: () => this.#watch.decide(),
    };
  }

  /** Takes the namespace as one in which connections can be ended; `fd` stays open until {@link left}. */
  entered(netns: Netns, fd: number): void {
    this.#ender?.entered(netns, fd);
  }

  /** Forgets a network namespace after its last connection. */
  left(netns: Netns): void {
    this.#watch.left(netns);
    this.#caches.delete(netns);
    this.#ender?.left(netns);
  }

  /** Opens what ends connections, before the collector enters network namespaces. @throws SockDiagError, AddonError */
  prepare(): void {
    const { settings, metrics, log } = this.#options;
    if (settings.mode !== 'new' && settings.mode !== 'existing') return;
    this.#ender = new SocketEnder({
      onEnded: (destroy, isOver) => this.#watch.ended(destroy, isOver),
      ownPorts: () => this.#ownPorts,
      ...{ metrics, log },
    });
  }

  /**
   * Logs each rule that can end connections, before any does.
   * @param ownPorts ports on which this process listens
   */
  start(collector: WatchingCollector, ownPorts: ReadonlySet<number>): void {
    this.#collector = collector;
    this.#ownPorts = ownPorts;
    this.#logServices(this.#options.settings.services);
    this.#timer = setInterval(() => this.#watch.decide(), LOOK_MS).unref();
  }

  /**
   * Replaces the services while the collector runs; see `ServiceWatch.reload`.
   * @throws ServicesReloadError if the kernel's filter cannot be replaced; then nothing has changed
   */
  reload(all: readonly ServiceConfig[]): ReloadedServices {
    const services = watchedOf(all);
    if (this.#collector?.setWatchedPorts(portsOf(services)) === false) throw new ServicesReloadError();
    const nowNs = BigInt(Date.now()) * 1_000_000n;
    this.#services = services;
    this.#logServices(all);
    return this.#watch.reload(services, this.#open(), nowNs);
  }

  /** Stops; connections go on. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([this.#ender?.close(), this.answers.close()]);
  }

  *#open(): Generator<Connection, void, undefined> {
    yield* this.#collector?.connections() ?? [];
    for (const cache of this.#caches.values()) yield* cache.connections();
  }

  #createCache(netns: Netns | undefined): ConnectionCache {
    const { slots, uuidPrefixIn } = this.#options;
    const cache = new ConnectionCache({
      uuidPrefix: uuidPrefixIn(netns),
      ...(netns === undefined ? {} : { netns, maxRecentlyClosed: FOREIGN_MAX_RECENTLY_CLOSED }),
      // Their ports are all that comes here.
      exclusions: new Exclusions({ srcPorts: [], dstAddressKeys: [], local: 'include' }),
      observers: [this.#watch.connections],
      slots,
    });
    this.#caches.set(netns, cache);
    return cache;
  }

  /** Logs that from now on new connections are known to be new. */
  #logFirstScan(): void {
    this.#isStarted = true;
    this.#watch.decide();
    this.#options.log.info('services are watched', {
      services: this.#services.length,
      connections: this.#watch.services.reduce((sum, group) => sum + group.figures().connections, 0),
    });
  }

  #logServices(all: readonly ServiceConfig[]): void {
    const { settings, log } = this.#options;
    const { mode } = settings;
    for (const { name, sid, limits } of this.#services) {
      const rules = rulesOf(limits);
      log.info('watching service', {
        service: name,
        listen: sid,
        rules: rules.length === 0 ? 'none' : rules.join(', '),
        when_full: rules.length === 0 ? undefined : limits.whenFull,
        enforce: rules.length === 0 ? undefined : mode,
      });
    }
    const forwarded = all.filter((service) => service.mode === 'forwarded');
    if (forwarded.length > 0) {
      log.info('services with a backend are not watched', { services: forwarded.map(({ name }) => name).join(', ') });
    }
    for (const { name, listenPorts } of this.#services) {
      const own = [...this.#ownPorts].filter((port) =>
        listenPorts.some(({ first, last }) => first <= port && port <= last),
      );
      if (own.length === 0 || mode === 'off') continue;
      log.warn('connections of this program itself are never ended', { service: name, ports: own.join(', ') });
    }
  }
}

function watchedOf(services: readonly ServiceConfig[]): ServiceConfig[] {
  return services.filter(({ mode }) => mode === 'watched');
}

function portsOf(services: readonly ServiceConfig[]): PortRange[] {
  return mergePortRanges(services.flatMap(({ listenPorts }) => listenPorts));
}
