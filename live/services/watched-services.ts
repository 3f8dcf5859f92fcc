import { Exclusions, StateSlots } from '../../cache/index.js';
import type { Collector, DestroyEventsMode } from '../../collector/index.js';
import { mergePortRanges } from '../../inetdiag/index.js';
import type { Logger } from '../../log/index.js';
import type { ServiceMetrics } from '../../metrics/index.js';
import type { NetlinkAddon } from '../../native/index.js';
import type { ServiceConfig } from '../../services/config/index.js';
import { createOwnCollector, WatchedNamespaces } from '../feed/index.js';
import { rulesOf } from './service-state.js';
import { type EnforceMode, ServiceWatch } from './service-watch.js';
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
  /** Time between two scans, nanoseconds. */
  readonly intervalNs: number;
  readonly destroyEvents: DestroyEventsMode;
  readonly uuidPrefix: string;
  readonly netlink: NetlinkAddon;
  readonly metrics: ServiceMetrics;
  readonly log: Logger;
}

/** Time between two looks at whose time is over, while no scan brings anything. */
const LOOK_MS = 50;

/**
 * Watched services of the collector's own network namespace. They have a collector of their own, with a filter in the
 * kernel that lets only their ports through, loopback too. So what is recorded does not change by a byte.
 */
export class WatchedServices {
  readonly #options: WatchedServicesOptions;
  readonly #services: readonly ServiceConfig[];
  readonly #watch: ServiceWatch;
  readonly #collector: Collector;
  #ender: SocketEnder | undefined;
  #ownPorts: ReadonlySet<number> = new Set();
  #timer: NodeJS.Timeout | undefined;
  /** True after the first complete scan. */
  #isStarted = false;

  constructor(options: WatchedServicesOptions) {
    this.#options = options;
    const { settings, metrics, log, netlink } = options;
    const slots = new StateSlots();
    const watched = new WatchedNamespaces();
    this.#services = settings.services.filter(({ mode }) => mode === 'watched');
    this.#watch = new ServiceWatch({
      services: this.#services,
      mode: settings.mode,
      slots,
      isWatched: () => watched.has(undefined),
      ender: { end: (destroys) => this.#ender?.end(destroys) },
      ...{ metrics, log },
    });
    const sport = mergePortRanges(this.#services.flatMap(({ listenPorts }) => listenPorts));
    this.#collector = createOwnCollector({
      ...{ netlink, slots, watched, log },
      uuidPrefix: options.uuidPrefix,
      intervalNs: options.intervalNs,
      destroyEvents: options.destroyEvents === 'off' ? 'off' : 'auto',
      exclusions: new Exclusions({
        srcPorts: [],
        dstAddressKeys: [],
        rules: [{ action: 'include', sport }],
        local: 'include',
      }),
      observers: [this.#watch.connections],
      onScan: () => {
        if (!this.#isStarted && watched.has(undefined)) this.#logFirstScan();
        this.#watch.decide();
      },
    });
  }

  /**
   * Begins to watch. Logs each rule that can end connections before any does.
   * @param ownPorts ports on which this process listens
   * @throws SockDiagError, AddonError
   */
  start(ownPorts: ReadonlySet<number>): void {
    const { settings, metrics, log } = this.#options;
    this.#ownPorts = ownPorts;
    this.#logStart();
    if (settings.mode === 'new' || settings.mode === 'existing') {
      this.#ender = new SocketEnder({
        onEnded: (destroy, isOver) => this.#watch.ended(destroy, isOver),
        ownPorts: () => this.#ownPorts,
        ...{ metrics, log },
      });
    }
    this.#collector.start();
    this.#timer = setInterval(() => this.#watch.decide(), LOOK_MS).unref();
  }

  /** Stops; connections go on. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([this.#collector.stop(), this.#ender?.close()]);
  }

  /** Logs that from now on new connections are known to be new. */
  #logFirstScan(): void {
    this.#isStarted = true;
    this.#options.log.info('services are watched', {
      services: this.#services.length,
      connections: [...this.#collector.connections()].length,
    });
  }

  #logStart(): void {
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
    const forwarded = settings.services.filter((service) => service.mode === 'forwarded');
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
