import type { Connection, ConnectionCache } from '../../cache/index.js';
import {
  ALL_EXTENSIONS,
  buildSocketRequest,
  DYING_SOCKET,
  MINI_SOCKET,
  NETLINK_SOCK_DIAG,
  PORTLESS_SOCKET,
  SOCK_DIAG_BY_FAMILY,
  TCP_CHANGE_SHAPE,
} from '../../inetdiag/index.js';
import { type Logger, TroubleLog } from '../../log/index.js';
import type { WatchMetrics } from '../../metrics/index.js';
import type { NetlinkAddon, WatchBatch, Watcher, WatcherOptions } from '../../native/index.js';
import type { Netns } from '../../parse/index.js';
import type { ConnectionReads, ReadPlace } from '../index.js';
import { CacheReads } from './read-intake.js';
import { WatchedConnection } from './watched-connection.js';

/** Options of {@link WatchReads}. */
export interface WatchReadsOptions {
  readonly createWatcher: (options: WatcherOptions, onBatch: (batch: WatchBatch) => void) => Watcher;
  readonly metrics: WatchMetrics;
  readonly log: Logger;
  /** Called before the reads of a connection begin. */
  readonly onBegun?: () => void;
  /** Called after each batch with records. @param lastNs time of the last one, nanoseconds since 1970 */
  readonly onRead?: (lastNs: number) => void;
  /** Called when a read has begun, as this number of the thread, or at another interval. */
  readonly onWatched?: (watch: number, connection: Connection, intervalNs: number) => void;
  /** Called before the last reads of a connection that goes on are published. */
  readonly onUnwatched?: (watch: number) => void;
}

/** Watch of a connection by the addon. */
interface Watch {
  readonly number: number;
  readonly intervalNs: number;
  readonly watched: WatchedConnection;
  readonly intake: CacheReads;
}

/** Longest time that a record waits for others: too short for people, and a tenth of the wakes at 1 ms. */
const GATHER_NS = 10e6;
const NS_PER_US = 1000;

/** Options of the thread: messages as those of scans, compared by the same rule. */
export const WATCHER_OPTIONS: WatcherOptions = {
  protocol: NETLINK_SOCK_DIAG,
  dataTypes: [SOCK_DIAG_BY_FAMILY],
  ...TCP_CHANGE_SHAPE,
  leftovers: [MINI_SOCKET, DYING_SOCKET, PORTLESS_SOCKET],
  gatherNs: GATHER_NS,
};

/** Returns a function that creates the addon's thread. */
export function watcherCreator(netlink: Pick<NetlinkAddon, 'Watcher'>): WatchReadsOptions['createWatcher'] {
  return (options, onBatch) => new netlink.Watcher(options, onBatch);
}

/**
 * Reads of watched connections, each at its interval, on one thread that starts with the first watch. One object serves
 * all collectors.
 */
export class WatchReads implements ConnectionReads {
  readonly #options: WatchReadsOptions;
  readonly #trouble: TroubleLog;
  #watcher: Watcher | undefined;
  readonly #watches = new Map<Connection, Watch>();
  readonly #byNumber = new Map<number, Watch>();
  /** Sources of the thread by network namespace. */
  readonly #sources = new Map<Netns | undefined, number>();
  readonly #places = new Map<ConnectionCache, CacheReads>();
  #closed: Promise<void> | undefined;

  constructor(options: WatchReadsOptions) {
    this.#options = options;
    this.#trouble = new TroubleLog(options.log);
  }

  /** Number of watched connections. */
  get size(): number {
    return this.#watches.size;
  }

  of(place: ReadPlace): CacheReads {
    const known = this.#places.get(place.cache);
    if (known !== undefined) return known;
    const reads = new CacheReads(place, {
      flush: () => this.flush(),
      closed: (connection) => this.#ended(connection),
    });
    this.#places.set(place.cache, reads);
    return reads;
  }

  watch(connection: Connection, intervalNs: number, cache: ConnectionCache, namespace?: number): void {
    const intake = this.#places.get(cache);
    if (intake === undefined) throw new TypeError('the connection is of no known place');
    const before = this.#watches.get(connection);
    if (before?.intervalNs === intervalNs || this.#closed !== undefined) return;
    if (before === undefined) this.#options.onBegun?.();
    this.#watcher ??= this.#options.createWatcher(WATCHER_OPTIONS, (batch) => this.#take(batch));
    const source = this.#sourceOf(this.#watcher, intake, namespace);
    const request = buildSocketRequest(connection.last.rawIdm ?? new Uint8Array(), ALL_EXTENSIONS);
    const number = this.#watcher.add(source, request, connection.cookie, intervalNs);
    const watched = before?.watched ?? new WatchedConnection(connection);
    if (before === undefined) intake.watch(watched);
    else this.#forget(before);
    const watch = { number, intervalNs, watched, intake };
    this.#watches.set(connection, watch);
    this.#byNumber.set(number, watch);
    this.#options.onWatched?.(number, connection, intervalNs);
    this.#options.metrics.connections.set(this.#watches.size);
  }

  /** Ends the reads of a connection; scans count again. Returns false if it was not watched. */
  unwatch(connection: Connection): boolean {
    const watch = this.#watches.get(connection);
    if (watch === undefined) return false;
    this.#options.onUnwatched?.(watch.number);
    // What was read must not come after what scans say from now on.
    this.flush();
    if (this.#watches.get(connection) !== watch) return true;
    watch.watched.isWatched = false;
    this.#watches.delete(connection);
    this.#forget(watch);
    this.#options.metrics.connections.set(this.#watches.size);
    return true;
  }

  /** Publishes what has been read by now. To be called before an event is processed, which is later. */
  flush(): void {
    if (this.#watches.size > 0) this.#watcher?.flush();
  }

  #ended(connection: Connection): void {
    const watch = this.#watches.get(connection);
    if (watch === undefined) return;
    watch.watched.isWatched = false;
    this.#watches.delete(connection);
    this.#forget(watch);
    this.#options.metrics.connections.set(this.#watches.size);
  }

  /** Forgets a network namespace, whose connections have ended. */
  left(netns: Netns): void {
    for (const [cache, place] of this.#places) if (place.netns === netns) this.#places.delete(cache);
    const source = this.#sources.get(netns);
    if (source === undefined) return;
    this.#sources.delete(netns);
    this.#watcher?.removeSource(source);
  }

  /** Ends all reads and the thread, after what was read is published. */
  async close(): Promise<void> {
    this.#closed ??= this.#watcher?.close() ?? Promise.resolve();
    await this.#closed;
  }

  #forget({ number }: Watch): void {
    this.#byNumber.delete(number);
    this.#watcher?.remove(number);
  }

  #sourceOf(watcher: Watcher, { netns }: CacheReads, namespace: number | undefined): number {
    const known = this.#sources.get(netns);
    if (known !== undefined) return known;
    const source = watcher.addSource(namespace === undefined ? {} : { namespace });
    this.#sources.set(netns, source);
    return source;
  }

  #take(batch: WatchBatch): void {
    const { metrics, onRead } = this.#options;
    for (let i = 0; i < batch.watches.length; i++) this.#takeMessage(batch, i);
    if (batch.answered > 0) metrics.reads.inc('answered', batch.answered);
    if (batch.missing > 0) metrics.reads.inc('missing', batch.missing);
    if (batch.leftover > 0) metrics.reads.inc('leftover', batch.leftover);
    if (batch.failed > 0) metrics.reads.inc('failed', batch.failed);
    if (batch.skipped > 0) metrics.skipped.inc(batch.skipped);
    metrics.lateness.add(batch.lateness, batch.latenessSumNs / NS_PER_US);
    this.#report(batch);
    const lastNs = batch.timesNs.at(-2);
    if (lastNs !== undefined && lastNs > 0n) onRead?.(Number(lastNs));
  }

  #takeMessage({ data, changed, watches, timesNs }: WatchBatch, i: number): void {
    const watch = this.#byNumber.get(watches[i] ?? 0);
    // It was ended since.
    if (watch === undefined) return;
    const { metrics } = this.#options;
    const { watched, intake } = watch;
    const length = changed[2 * i + 1] ?? 0;
    if (length === 0) {
      watched.hasAnswers = false;
      metrics.lost.inc();
      return;
    }
    watched.hasAnswers = true;
    const read = {
      ...{ data, offset: changed[2 * i] ?? 0, length },
      ...{ timeNs: timesNs[2 * i] ?? 0n, previousNs: timesNs[2 * i + 1] ?? 0n },
    };
    if (intake.takeRead(watched, read)) metrics.records.inc();
  }

  #report({ failure, answered }: WatchBatch): void {
    if (failure !== undefined) {
      this.#trouble.failed('reads of watched connections failed; scans count until they succeed', {
        code: failure.code,
        op: failure.op,
        errno: failure.errno,
        metric: 'tcpinfo_watch_reads_total{result="failed"}',
      });
    } else if (answered > 0) {
      this.#trouble.succeeded('reads of watched connections succeed again');
    }
  }
}
