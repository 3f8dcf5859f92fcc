import type { Connection } from '../cache/index.js';
import type { PlayCalls } from '../collector/recording/index.js';
import { loadReads, type ThinnedReads, type ThinnedReadsOptions } from './thinned-reads.js';

/** Options of {@link ReplayedWatches}: `createWatcher` is that of the player. */
export type ReplayedWatchesOptions = Omit<ThinnedReadsOptions, 'onWatched' | 'onUnwatched'>;

/** Watches of a recorded collector: their reads go where they went then. */
export class ReplayedWatches implements Pick<PlayCalls, 'watched' | 'unwatched'> {
  readonly #options: ReplayedWatchesOptions;
  #loaded: ThinnedReads | undefined;
  readonly #connections = new Map<number, Connection>();

  constructor(options: ReplayedWatchesOptions) {
    this.#options = options;
  }

  /** Loads what reads need, before the replay. */
  async load(): Promise<void> {
    this.#loaded = await loadReads(this.#options);
  }

  watched({ watch, cookie, netnsInode, intervalNs }: Parameters<PlayCalls['watched']>[0]): void {
    const collector = this.#options.collector();
    const connection = collector.connectionOf(cookie, netnsInode);
    // Over loopback, or open before the recording begins.
    if (connection === undefined || this.#loaded === undefined) return;
    this.#connections.set(watch, connection);
    collector.watch(this.#loaded.reads, connection, intervalNs);
  }

  unwatched(watch: number): void {
    const connection = this.#connections.get(watch);
    this.#connections.delete(watch);
    if (connection !== undefined) this.#loaded?.reads.unwatch(connection);
  }

  /** Has archives get the newest records of beats that are over. @param nowNs nanoseconds since 1970 */
  beat(nowNs: number): void {
    this.#loaded?.beat(nowNs);
  }
}
