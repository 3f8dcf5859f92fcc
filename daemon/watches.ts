import type { ConnectionObserver } from '../cache/index.js';
import type { Collector } from '../collector/index.js';
import type { ArchivingObserver, BeatThinner, WatchReads } from '../collector/watches/index.js';
import type { WatchAnswering, WatchRequest } from '../live/answers/index.js';
import type { LiveStore } from '../live/store/index.js';
import type { WatchManager } from '../live/watches/index.js';
import type { WatchJson } from '../live/wire/index.js';
import type { Logger } from '../log/index.js';
import type { WatchMetrics } from '../metrics/index.js';
import type { NetlinkAddon } from '../native/index.js';
import type { LoadedAlerts } from './alerts.js';
import type { Config, WatchSettings } from './config.js';

/** Returns whether connections can be watched: the API can be asked, or flags or alerts ask. */
export function canWatch({
  config: { live, watch },
  alerts,
}: Pick<LoadedAlerts, 'alerts'> & { readonly config: Pick<Config, 'live' | 'watch'> }): boolean {
  const areInRules = alerts?.settings.rules.some(({ watchMs }) => watchMs !== undefined) === true;
  return live !== undefined || watch.filters.length > 0 || areInRules;
}

/** Parts of the daemon that {@link Watches} needs once it has a store. */
export interface WatchedParts {
  readonly store: LiveStore;
  /** Collectors whose connections are rows of the store, the daemon's own one first. */
  readonly collectors: () => readonly [Collector, ...Collector[]];
}

/** Options of {@link Watches}. */
export interface WatchesOptions {
  readonly settings: WatchSettings;
  /** Time between two scans, nanoseconds. */
  readonly intervalNs: number;
  readonly netlink: NetlinkAddon;
  /** Inode of the collector's own network namespace; absent if unknown. */
  readonly netnsInode?: number;
  /** Observers of the daemon's collector, and which of them writes archives. */
  readonly observers: () => { readonly all: readonly ConnectionObserver[]; readonly saver: ArchivingObserver };
  readonly metrics: WatchMetrics;
  readonly log: Logger;
}

/** Objects that exist from the first watch on. */
interface Loaded {
  readonly manager: WatchManager;
  readonly reads: WatchReads;
  readonly createThinner: () => BeatThinner;
}

const NS_PER_MS = 1e6;

/**
 * Watches of the daemon. What they need is loaded with the first one; archives are thinned only while connections are
 * watched. Without a watch no record passes anything of this.
 */
export class Watches implements WatchAnswering {
  readonly #options: WatchesOptions;
  #parts: WatchedParts | undefined;
  #loading: Promise<Loaded> | undefined;
  #loaded: Loaded | undefined;
  /** Thinner of the archives; undefined while nothing is watched, and if all records are wanted. */
  #thinner: BeatThinner | undefined;
  #isClosed = false;

  constructor(options: WatchesOptions) {
    this.#options = options;
  }

  /** Names the store whose rows are chosen from. */
  attach(parts: WatchedParts): void {
    this.#parts = parts;
  }

  get maxConnections(): number {
    return this.#options.settings.maxConnections;
  }

  get connections(): number {
    return this.#loaded?.manager.connections ?? 0;
  }

  async begin(request: WatchRequest): Promise<WatchJson> {
    this.#loading ??= this.#load();
    this.#loaded = await this.#loading;
    if (this.#isClosed) this.#loaded.manager.close();
    return this.#loaded.manager.start(request);
  }

  stop(watch: number): boolean {
    return this.#loaded?.manager.stop(watch) ?? false;
  }

  list(): readonly WatchJson[] {
    return this.#loaded?.manager.list() ?? [];
  }

  /** Begins the watches of the flags; call it before the first scan. */
  async start(): Promise<void> {
    const { filters, intervalMs } = this.#options.settings;
    for (const filter of filters) await this.begin({ connections: { filter }, intervalMs });
  }

  /** Has archives get the newest records of beats that are over. @param nowNs nanoseconds since 1970 */
  beat(nowNs: number): void {
    if (this.#thinner === undefined) return;
    this.#thinner.beat(nowNs);
    if (this.#loaded?.reads.size === 0 && this.#thinner.isIdle) this.#thin(undefined);
  }

  /** Ends all watches. */
  close(): void {
    this.#isClosed = true;
    this.#loaded?.manager.close();
  }

  async #load(): Promise<Loaded> {
    const { settings, intervalNs, netlink, netnsInode, observers, metrics, log } = this.#options;
    const parts = this.#parts;
    if (parts === undefined) throw new TypeError('watches have no store');
    const { BeatThinner, WatchReads, watcherCreator } = await import('../collector/watches/index.js');
    const { WatchManager, WatchTargets } = await import('../live/watches/index.js');
    const reads: WatchReads = new WatchReads({
      createWatcher: watcherCreator(netlink),
      ...{ metrics, log },
      onBegun: () => this.#begun(),
      onBatch: () => this.beat(Date.now() * NS_PER_MS),
    });
    const manager = new WatchManager({
      store: parts.store,
      targets: new WatchTargets({
        ...{ collectors: parts.collectors, reads },
        ...(netnsInode === undefined ? {} : { ownInode: netnsInode }),
      }),
      maxConnections: settings.maxConnections,
      ...{ metrics, log },
      elapsedMs: () => performance.now(),
      nowMs: () => Date.now(),
    });
    return { manager, reads, createThinner: () => new BeatThinner(observers().saver, intervalNs) };
  }

  /** Has archives thinned: a connection begins to be read. */
  #begun(): void {
    if (this.#thinner !== undefined || this.#options.settings.inArchives) return;
    this.#thin(this.#loaded?.createThinner());
  }

  #thin(thinner: BeatThinner | undefined): void {
    this.#thinner = thinner;
    const { all, saver } = this.#options.observers();
    const observers = thinner === undefined ? all : all.map((each) => (each === saver ? thinner : each));
    this.#parts?.collectors()[0].setObservers(observers);
  }
}
