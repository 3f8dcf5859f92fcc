import type { ConnectionCache } from '../cache/index.js';
import {
  describeRefusal,
  type FoundNamespace,
  isAbsence,
  isForbidden,
  type NamespaceFiles,
  NamespaceFinder,
  type NamespaceTarget,
  refusedNamespace,
  SYSTEM_FILES,
} from '../host/index.js';
import { type Logger, TroubleLog } from '../log/index.js';
import type { Metrics } from '../metrics/index.js';
import type { Poller, RemovedBatch } from '../native/index.js';
import type { Netns } from '../parse/index.js';
import type { BatchHandler } from './batch-handler.js';
import { type DestroyEventsMode, tcpConnections } from './source.js';
import type { WatchedFilters } from './watched-filters.js';

/** Most closed connections remembered per other namespace: some 1.3 MB, because there may be many namespaces. */
export const FOREIGN_MAX_RECENTLY_CLOSED = 4096;
/** Interval between two searches for network namespaces, milliseconds. */
const FIND_EVERY_MS = 1000;

/** Options of {@link Namespaces}: the network namespaces to record beside the own one, and callbacks. */
export interface NamespacesOptions {
  readonly targets: readonly NamespaceTarget[];
  /** Creates the cache of a namespace that was entered. */
  readonly createCache: (netns: Netns) => ConnectionCache;
  /**
   * Called before the first connection of a namespace; `fd` stays open until the namespace is left. `source` is the number
   * of its batches. Must not throw.
   */
  readonly onEntered?: (netns: Netns, fd: number, source: number) => void;
  /** Called after the last connection of a namespace. Must not throw. */
  readonly onLeft?: (netns: Netns) => void;
  /** Called when a namespace is left, before {@link onLeft}. Must not throw. */
  readonly onReleased?: (netns: Netns) => void;
  readonly metrics: Pick<Metrics, 'namespaces'>;
  /** File operations. Default: the system's. */
  readonly files?: NamespaceFiles;
  readonly log: Logger;
}

/** Parts of the collector that {@link Namespaces} uses. */
export interface NamespacesSurroundings {
  readonly poller: Poller;
  readonly intervalNs: number;
  readonly destroyEvents: DestroyEventsMode;
  /** Returns the kernel's filter and that of the tally, the same as in the own namespace. */
  readonly filters: () => Pick<WatchedFilters, 'filter' | 'tally'>;
  readonly createIntake: (cache: ConnectionCache, netns: Netns) => BatchHandler;
  /** Returns the time of the end of connections of a namespace that is gone, RFC 3339 UTC. */
  readonly now: () => string;
}

interface Entered {
  readonly netns: Netns;
  /** Undefined in a replay, which opens nothing of this machine. */
  readonly fd?: number;
  readonly source: number;
  readonly intake: BatchHandler;
}

/**
 * Network namespaces that are recorded beside the own one. Searches for them once a second, enters new ones and leaves
 * those that are gone. Recording keeps a namespace alive in the kernel, so only this search detects that all other
 * users have left it.
 */
export class Namespaces {
  readonly #options: NamespacesOptions;
  readonly #surroundings: NamespacesSurroundings;
  readonly #files: NamespaceFiles;
  readonly #finder: NamespaceFinder;
  readonly #entered = new Map<string, Entered>();
  readonly #bySource = new Map<number, Entered>();
  /** Namespaces that could not be entered for lack of permission. They are not tried again while they exist. */
  readonly #refused = new Set<string>();
  readonly #enterTrouble: TroubleLog;
  readonly #lookTrouble: TroubleLog;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: NamespacesOptions, surroundings: NamespacesSurroundings) {
    this.#options = options;
    this.#surroundings = surroundings;
    this.#enterTrouble = new TroubleLog(options.log);
    this.#lookTrouble = new TroubleLog(options.log);
    this.#files = options.files ?? SYSTEM_FILES;
    this.#finder = new NamespaceFinder(options.targets, this.#files, (operation, path, error) => {
      this.#couldNotLook(operation, path, error);
    });
  }

  /**
   * Enters the namespaces that exist now. Must be called before the poller starts.
   * @throws NamespaceError when a target other than `all` does not exist or cannot be entered
   */
  async prepare(): Promise<void> {
    const required = this.#finder.check();
    for (const [key, found] of await this.#finder.find()) {
      try {
        this.#enter(key, found);
      } catch (error) {
        if (required.has(key)) throw refusedNamespace(found.path, error);
        this.#couldNotEnter(key, found, error);
      }
    }
  }

  /** Records a namespace that a recording entered; see `Collector.enterRecorded`. */
  enterRecorded(netns: Netns): void {
    const { poller, intervalNs, destroyEvents, filters, createIntake } = this.#surroundings;
    const { createCache, metrics, log } = this.#options;
    const source = poller.addSource(tcpConnections(intervalNs, destroyEvents, filters()));
    const entered = { netns, source, intake: createIntake(createCache(netns), netns) };
    this.#bySource.set(source, entered);
    metrics.namespaces.entered.inc();
    this.#expectEvents(source, entered.intake);
    log.info('replaying network namespace', { netns: netns.name, inode: netns.inode });
  }

  /** Starts searching for namespaces. Must be called after the poller has started. */
  start(): void {
    for (const { source, intake } of this.#bySource.values()) this.#expectEvents(source, intake);
    if (this.#options.targets.length > 0) this.#findLater();
  }

  /** Stops searching. Namespaces that were entered stay. */
  stopLooking(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Ends every connection, after the poller has stopped. `timestamp` is RFC 3339 UTC. */
  finish(timestamp: string): void {
    for (const entered of this.#bySource.values()) {
      entered.intake.endAll(timestamp);
      this.#release(entered);
    }
  }

  /** Returns the intake that processes the batches of a source. */
  intakeOf(source: number): BatchHandler | undefined {
    return this.#bySource.get(source)?.intake;
  }

  /** Returns the intake and the open file of an entered namespace. */
  of(inode: number): { readonly intake: BatchHandler; readonly fd?: number } | undefined {
    for (const entered of this.#bySource.values()) if (entered.netns.inode === inode) return entered;
    return undefined;
  }

  /** Returns the numbers of all sources. */
  sources(): number[] {
    return [...this.#bySource.keys()];
  }

  /** Returns the caches of all entered namespaces. */
  caches(): ConnectionCache[] {
    return Array.from(this.#bySource.values(), ({ intake }) => intake.cache);
  }

  /** Processes the last batch of a namespace. */
  takeRemoved(batch: RemovedBatch): void {
    const entered = this.#bySource.get(batch.source);
    if (entered === undefined) return;
    entered.intake.takeRemoved(batch, this.#surroundings.now());
    this.#release(entered);
    const { name, inode } = entered.netns;
    this.#options.log.info('network namespace is gone', { netns: name, inode });
  }

  #findLater(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      void this.#findAgain()
        .catch((error: unknown) => this.#couldNotLook('look', '/proc/self/ns/net', error))
        .finally(() => this.#findLater());
    }, FIND_EVERY_MS).unref();
  }

  async #findAgain(): Promise<void> {
    const found = await this.#finder.find();
    if (this.#stopped) return;
    for (const key of this.#refused) if (!found.has(key)) this.#refused.delete(key);
    for (const [key, { source }] of this.#entered) {
      if (found.has(key)) continue;
      this.#entered.delete(key);
      this.#surroundings.poller.removeSource(source);
    }
    for (const [key, namespace] of found) {
      if (!this.#entered.has(key) && !this.#refused.has(key)) this.#tryEnter(key, namespace);
    }
  }

  #tryEnter(key: string, found: FoundNamespace): void {
    try {
      const entered = this.#enter(key, found);
      if (entered !== undefined) this.#expectEvents(entered.source, entered.intake);
      this.#enterTrouble.succeeded('network namespaces can be entered again');
    } catch (error) {
      this.#couldNotEnter(key, found, error);
    }
  }

  #enter(key: string, found: FoundNamespace): Entered | undefined {
    const { poller, intervalNs, destroyEvents, filters, createIntake } = this.#surroundings;
    const { createCache, onEntered, metrics, log } = this.#options;
    const fd = this.#files.open(found.path);
    try {
      const { dev, ino } = this.#files.statOpen(fd);
      if (dev !== found.dev || ino !== found.ino) {
        // The path now leads to another namespace: the next search finds it.
        this.#files.close(fd);
        return undefined;
      }
      const { filter, tally } = filters();
      const source = poller.addSource(tcpConnections(intervalNs, destroyEvents, { filter, tally, namespace: fd }));
      const netns: Netns = { inode: found.ino, name: found.name };
      const entered = { netns, fd, source, intake: createIntake(createCache(netns), netns) };
      this.#entered.set(key, entered);
      this.#bySource.set(source, entered);
      metrics.namespaces.entered.inc();
      onEntered?.(netns, fd, source);
      log.info('recording network namespace', { netns: found.name, inode: found.ino, path: found.path });
      return entered;
    } catch (error) {
      this.#files.close(fd);
      throw error;
    }
  }

  #couldNotLook(operation: 'look' | 'list', path: string, error: unknown): void {
    this.#options.metrics.namespaces.failures.inc(operation);
    const { code } = describeRefusal(error);
    this.#lookTrouble.failed('search for network namespaces is incomplete', { path, code });
  }

  #couldNotEnter(key: string, { name, path }: FoundNamespace, error: unknown): void {
    // The namespace disappeared between the search and now.
    if (isAbsence(error)) return;
    const { code, syscall } = describeRefusal(error);
    if (isForbidden(error)) this.#refused.add(key);
    this.#options.metrics.namespaces.failures.inc('enter');
    this.#enterTrouble.failed('network namespace cannot be entered (tcpinfo_namespace_failures_total)', {
      netns: name,
      path,
      op: syscall,
      code,
    });
  }

  #expectEvents(source: number, intake: BatchHandler): void {
    if (this.#surroundings.poller.listening(source)?.receiveBufferBytes === undefined) intake.expectNoEvents();
  }

  #release(entered: Entered): void {
    this.#bySource.delete(entered.source);
    if (entered.fd !== undefined) this.#files.close(entered.fd);
    this.#options.metrics.namespaces.entered.dec();
    this.#options.onReleased?.(entered.netns);
    this.#options.onLeft?.(entered.netns);
  }
}
