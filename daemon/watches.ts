import type { Collector } from '../collector/index.js';
import type { NetlinkRecorder } from '../collector/recording/index.js';
import type { WatchAnswering, WatchRequest } from '../live/answers/index.js';
import type { LiveStore } from '../live/store/index.js';
import type { WatchManager } from '../live/watches/index.js';
import type { WatchJson } from '../live/wire/index.js';
import type { Logger } from '../log/index.js';
import type { WatchMetrics } from '../metrics/index.js';
import type { NetlinkAddon } from '../native/index.js';
import type { LoadedAlerts } from './alerts.js';
import type { Config, WatchSettings } from './config.js';
import { loadReads, type ThinnedReads, type ThinnedReadsOptions } from './thinned-reads.js';

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
  /** True if archives are written; else recordings alone, which get every record. */
  readonly writesArchives: boolean;
  /** Time between two scans, nanoseconds. */
  readonly intervalNs: number;
  readonly netlink: NetlinkAddon;
  /** Inode of the collector's own network namespace; absent if unknown. */
  readonly netnsInode?: number;
  readonly observers: ThinnedReadsOptions['observers'];
  /** Recorder of netlink batches; absent without. */
  readonly recorder?: NetlinkRecorder;
  readonly metrics: WatchMetrics;
  readonly log: Logger;
}

/** Objects that exist from the first watch on. */
interface Loaded extends ThinnedReads {
  readonly manager: WatchManager;
}

/**
 * Watches of the daemon. What they need is loaded with the first one; archives are thinned only while connections are
 * watched. Without a watch no record passes anything of this.
 */
export class Watches implements WatchAnswering {
  readonly #options: WatchesOptions;
  #parts: WatchedParts | undefined;
  #loading: Promise<Loaded> | undefined;
  #loaded: Loaded | undefined;
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
    this.#loaded?.beat(nowNs);
  }

  /** Ends all watches. */
  close(): void {
    this.#isClosed = true;
    this.#loaded?.manager.close();
  }

  async #load(): Promise<Loaded> {
    const { settings, writesArchives, intervalNs, netlink, netnsInode, observers, recorder, metrics, log } =
      this.#options;
    const parts = this.#parts;
    if (parts === undefined) throw new TypeError('watches have no store');
    const { watcherCreator } = await import('../collector/watches/index.js');
    const { WatchManager, WatchTargets } = await import('../live/watches/index.js');
    const createWatcher = watcherCreator(netlink);
    const thinned = await loadReads({
      ...{ inArchives: settings.inArchives || !writesArchives, intervalNs, observers, metrics, log },
      collector: () => parts.collectors()[0],
      createWatcher: recorder?.watching(createWatcher) ?? createWatcher,
      ...(recorder === undefined ? {} : recordedCalls(recorder)),
    });
    const manager = new WatchManager({
      store: parts.store,
      targets: new WatchTargets({
        ...{ collectors: parts.collectors, reads: thinned.reads },
        ...(netnsInode === undefined ? {} : { ownInode: netnsInode }),
      }),
      maxConnections: settings.maxConnections,
      ...{ metrics, log },
      elapsedMs: () => performance.now(),
      nowMs: () => Date.now(),
    });
    return { ...thinned, manager };
  }
}

function recordedCalls(recorder: NetlinkRecorder): Pick<ThinnedReadsOptions, 'onWatched' | 'onUnwatched'> {
  return {
    onWatched: (watch, { cookie, netns }, intervalNs) =>
      recorder.watched({ watch, cookie, intervalNs, ...(netns === undefined ? {} : { netnsInode: netns.inode }) }),
    onUnwatched: (watch) => recorder.unwatched(watch),
  };
}
