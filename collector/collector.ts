import { getSystemErrorName } from 'node:util';
import type { Connection, ConnectionCache, ConnectionObserver } from '../cache/index.js';
import { BPF_INSTRUCTION_SIZE, type KernelFilter, type PortRange } from '../inetdiag/index.js';
import type { Logger } from '../log/index.js';
import { createMetrics, type Metrics } from '../metrics/index.js';
import type { AnyBatch, Listening, Poller, PollerOptions, ScanFigures } from '../native/index.js';
import { formatTimestamp, type Netns } from '../parse/index.js';
import { BatchHandler } from './batch-handler.js';
import { observeOwnBatch } from './batch-metrics.js';
import type { ConnectionReads } from './connection-reads.js';
import { MessageReader } from './message-reader.js';
import { Namespaces, type NamespacesOptions } from './namespaces.js';
import type { ListenerBatches, ScanObserver } from './scan-observer.js';
import { SocketTotals } from './socket-totals.js';
import {
  type DestroyEventsMode,
  kernelFilterBytes,
  tcpConnectionFilters,
  tcpConnections,
  tcpListeners,
} from './source.js';
import type { WatchedFilters } from './watched-filters.js';
import { type WatchedOptions, WatchedSockets } from './watched-sockets.js';

/** Creates the poll thread: `netlink.Poller`, or a test's own. */
export type CreatePoller = (options: PollerOptions, onBatch: (batch: AnyBatch) => void) => Poller;

export interface CollectorOptions {
  /** Scan interval (the beat), nanoseconds. */
  readonly intervalNs: number;
  readonly destroyEvents: DestroyEventsMode;
  /**
   * Lets the kernel drop sockets that the cache would exclude; absent: all are copied, and the cache excludes them. With
   * `watched` it describes what is recorded; its `filters` are those of the kernel.
   */
  readonly filter?: KernelFilter;
  /** Share of one CPU that scans may take, up to 1; absent: no limit. */
  readonly cpuBudget?: number;
  /** Bytes of batches that may wait to be processed before beats are held back. Default: 64 MiB. */
  readonly maxPendingBytes?: number;
  /** True when scans without a new or ended connection may be processed together, and so a little later. */
  readonly gather?: boolean;
  /** Cache of the collector's own network namespace. */
  readonly cache: ConnectionCache;
  /** Other network namespaces to record; absent: only the own one. */
  readonly namespaces?: Omit<NamespacesOptions, 'log'>;
  readonly traffic: ScanObserver;
  /** Services to watch in all recorded namespaces; absent: none. */
  readonly watched?: WatchedOptions;
  /** Receiver of the listening sockets of the own network namespace; absent: they are not scanned. */
  readonly listeners?: ListenerBatches;
  readonly metrics: Pick<Metrics, 'scan' | 'reference' | 'destroy'>;
  readonly log: Logger;
  readonly createPoller: CreatePoller;
  /** Returns the time of ends that no batch reports, RFC 3339 UTC. Default: the machine's. */
  readonly now?: () => string;
  /** Called after each scan of the own namespace is processed. Must not throw. */
  readonly onScan?: (scan: ScanFigures) => void;
}

/** Error when destroy events are required but not available. */
export class DestroyEventsError extends Error {
  override readonly name = 'DestroyEventsError';
  readonly code = 'ERR_DESTROY_EVENTS';
}

/** Batches that may wait for this thread before beats are held back: two thirds of a second at the usual beat. */
const MAX_PENDING_BATCHES = 64;
/** Limit of waiting batches with several namespaces: each brings a batch per beat. Their bytes are the real bound. */
const MAX_PENDING_BATCHES_OF_MANY = 4096;
const MAX_PENDING_BYTES = 64 * 1024 * 1024;
/** Longest time that a scan without a new or ended connection waits for others: too short to matter for users. */
const GATHER_NS = 100e6;
/** Beats per scan while the disk is too slow for the records of every beat. */
const SLOW_STRIDE = 10;
/** Source number of the own namespace. */
const OWN = 0;
/** Source number of the listeners in the own namespace, if they are scanned, and their scan interval. */
const LISTENERS = 1;
const LISTENERS_INTERVAL_NS = 1e9;
const NO_FILTER = new Uint8Array();

/** Scan loop: takes each batch from the poll thread and feeds it to the cache of its network namespace. */
export class Collector {
  readonly #options: CollectorOptions;
  readonly #poller: Poller;
  readonly #own: BatchHandler;
  readonly #namespaces: Namespaces | undefined;
  readonly #now: () => string;
  /** Reads of watched connections; undefined until the first watch. */
  #reads: ConnectionReads | undefined;
  /** Observers of all caches; undefined while each has those that it was created with. */
  #observers: readonly ConnectionObserver[] | undefined;
  /** True when the first complete scan has shown whether the kernel accepts the filter. */
  #filterJudged = false;

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#now = options.now ?? machineTime;
    const { metrics, log, traffic, intervalNs, destroyEvents, filter, namespaces, watched } = options;
    const shared = { traffic, metrics, log, reader: new MessageReader(metrics.scan, log) };
    const sockets = new SocketTotals(metrics.scan);
    const createWatched = watchedCreator(options);
    const createIntake = (cache: ConnectionCache, netns?: Netns): BatchHandler =>
      new BatchHandler({
        ...shared,
        ...createWatched(netns),
        sockets,
        cache,
        ...(netns === undefined ? {} : { netns }),
      });
    const filters = (): Pick<WatchedFilters, 'filter' | 'tally'> => watched?.filters ?? { filter, tally: NO_FILTER };
    this.#own = createIntake(options.cache);
    metrics.scan.interval.set(options.intervalNs / 1e9);
    metrics.scan.effectiveInterval.set(options.intervalNs / 1e9);
    const maxPendingBatches = namespaces === undefined ? MAX_PENDING_BATCHES : MAX_PENDING_BATCHES_OF_MANY;
    metrics.scan.batchesLimit.set(maxPendingBatches);
    const maxPendingBytes = options.maxPendingBytes ?? MAX_PENDING_BYTES;
    metrics.scan.batchesLimitBytes.set(maxPendingBytes);
    const bounds = { maxPendingBatches, maxPendingBytes };
    const sources = [tcpConnections(intervalNs, destroyEvents, filters())];
    if (options.listeners !== undefined) sources.push(tcpListeners(LISTENERS_INTERVAL_NS));
    const pace = {
      gatherNs: options.gather === true ? GATHER_NS : 0,
      ...(options.cpuBudget === undefined ? {} : { cpuBudget: options.cpuBudget }),
    };
    const poller = options.createPoller({ sources, ...bounds, ...pace }, (batch) => this.#takeIn(batch));
    this.#poller = poller;
    if (namespaces !== undefined) {
      this.#namespaces = new Namespaces(
        {
          ...{ ...namespaces, log },
          createCache: (netns) => this.#observed(namespaces.createCache(netns)),
          onReleased: (netns) => this.#reads?.left(netns),
        },
        { poller, intervalNs, destroyEvents, filters, createIntake, now: this.#now },
      );
    }
  }

  /**
   * Enters the requested network namespaces. Must be called before {@link start} if any are requested.
   * @throws NamespaceError
   */
  async prepare(): Promise<void> {
    await this.#namespaces?.prepare();
  }

  /**
   * Records a network namespace that a recording entered: nothing of this machine is opened. Its batches have the source
   * that the poller returns.
   */
  enterRecorded(netns: Netns): void {
    this.#namespaces?.enterRecorded(netns);
  }

  /** Yields the living connections, oldest first, one network namespace after the other; the own one first. */
  *connections(): Generator<Connection, void, undefined> {
    yield* this.#own.cache.connections();
    for (const cache of this.#namespaces?.caches() ?? []) yield* cache.connections();
  }

  /**
   * Subscribes to destroy events and starts scanning, at once and then on the beat.
   * @returns result of subscribing; undefined when destroy events are off
   * @throws DestroyEventsError
   */
  start(): Listening | undefined {
    try {
      this.#poller.start();
    } catch (error) {
      const { code, errno = 0, syscall } = error as NodeJS.ErrnoException;
      if (code !== 'ERR_SOCKET') throw error;
      const reason = `${syscall}: ${getSystemErrorName(-errno)}`;
      throw new DestroyEventsError(`destroy events unavailable (${reason}), but --events.destroy=on requires them`, {
        cause: error,
      });
    }
    const listening = this.#poller.listening(OWN);
    this.#own.destroyEvents.began(listening);
    if (listening?.receiveBufferBytes === undefined) this.#own.expectNoEvents();
    if (listening?.fallbackFilter === true) {
      this.#options.log.warn('kernel rejected the destroy event filter; filtering in the collector instead', {
        instructions: (this.#options.filter?.events.length ?? 0) / BPF_INSTRUCTION_SIZE,
      });
    }
    this.#namespaces?.start();
    return listening;
  }

  /**
   * Returns an open connection by its cookie.
   * @param netnsInode inode of its network namespace; absent: the collector's own
   */
  connectionOf(cookie: bigint, netnsInode?: number): Connection | undefined {
    return this.#intakeIn(netnsInode)?.intake.cache.get(cookie);
  }

  /**
   * Begins to read a connection of this collector at an interval, or changes the interval.
   * @param reads always the same
   * @throws an Error with code `ERR_THREAD`, `ERR_SOCKET` or `ERR_NAMESPACE`
   */
  watch(reads: ConnectionReads, connection: Connection, intervalNs: number): void {
    const place = this.#intakeIn(connection.netns?.inode);
    if (place === undefined) throw new TypeError('the connection is of another collector');
    this.#reads = reads;
    place.intake.respect(reads);
    reads.watch(connection, intervalNs, place.intake.cache, place.fd);
  }

  /** Replaces the observers of all caches, also of later ones, from the next record on. */
  setObservers(observers: readonly ConnectionObserver[]): void {
    this.#observers = observers;
    this.#own.cache.setObservers(observers);
    for (const cache of this.#namespaces?.caches() ?? []) cache.setObservers(observers);
  }

  #observed(cache: ConnectionCache): ConnectionCache {
    if (this.#observers !== undefined) cache.setObservers(this.#observers);
    return cache;
  }

  #intakeIn(netnsInode: number | undefined): { readonly intake: BatchHandler; readonly fd?: number } | undefined {
    return netnsInode === undefined ? { intake: this.#own } : this.#namespaces?.of(netnsInode);
  }

  /** Scans less often while `wanted`, because the disk is too slow for the records; otherwise on every beat again. */
  slow(wanted: boolean): void {
    const { log } = this.#options;
    if (wanted) log.warn('scanning less often: too much data waits for the disk', { beats_a_scan: SLOW_STRIDE });
    else log.info('scanning on every beat again');
    this.#poller.setStride(wanted ? SLOW_STRIDE : 1);
  }

  /** Makes and processes a last scan, then ends every connection. */
  async stop(): Promise<void> {
    this.#namespaces?.stopLooking();
    // Before the last scan, which is later than all reads.
    await this.#reads?.close();
    await this.#poller.stop();
    const timestamp = this.#now();
    this.#own.endAll(timestamp);
    this.#namespaces?.finish(timestamp);
    this.#options.traffic.finish();
  }

  /**
   * Changes the ports of watched services, from the next scans on.
   * @returns false if the kernel's filter cannot be replaced while it runs: only one of both is a program. Then nothing
   *   has changed
   */
  setWatchedPorts(sports: readonly PortRange[]): boolean {
    const { watched } = this.#options;
    if (watched === undefined) return false;
    const before = watched.filters.sports;
    const hadProgram = hasProgram(watched.filters);
    watched.filters.setPorts(sports);
    if (hasProgram(watched.filters) !== hadProgram) {
      watched.filters.setPorts(before);
      return false;
    }
    const filters = tcpConnectionFilters(watched.filters.filter, watched.filters.tally);
    for (const source of [OWN, ...(this.#namespaces?.sources() ?? [])]) this.#poller.setFilters(source, filters);
    return true;
  }

  #takeIn(batch: AnyBatch): void {
    this.#deliver(batch);
    this.#options.watched?.onBatch();
  }

  #deliver(batch: AnyBatch): void {
    const { listeners } = this.#options;
    if (batch.source === OWN) this.#takeOwn(batch);
    else if (listeners !== undefined && batch.source === LISTENERS) listeners.take(batch);
    else if (batch.kind === 'removed') this.#namespaces?.takeRemoved(batch);
    else this.#namespaces?.intakeOf(batch.source)?.take(batch);
  }

  #takeOwn(batch: AnyBatch): void {
    if (batch.kind === 'removed') return;
    if (batch.kind === 'scan' && batch.failure === undefined) this.#judgeFilter(batch);
    this.#own.take(batch, (scan) => {
      const { metrics, onScan } = this.#options;
      observeOwnBatch(metrics, scan);
      metrics.reference.cacheCount.observe(this.#own.cache.size);
      onScan?.(scan);
    });
  }

  #judgeFilter({ queryMethod }: ScanFigures): void {
    if (this.#filterJudged) return;
    this.#filterJudged = true;
    const { filter, metrics, log } = this.#options;
    const bytes = kernelFilterBytes(queryMethod, filter);
    metrics.scan.kernelFilterBytes.set(bytes);
    const offered = filter?.bytecode.length ?? 0;
    if (bytes < offered) {
      log.warn('kernel rejected the scan filter; filtering in the collector instead', {
        filter_bytes: offered,
      });
    }
  }
}

function machineTime(): string {
  return formatTimestamp(BigInt(Date.now()) * 1_000_000n);
}

function hasProgram({ filter }: WatchedFilters): boolean {
  return (filter?.bytecode.length ?? 0) > 0;
}

/** Returns a function that creates what a batch handler needs for watched services. */
function watchedCreator({ watched, log }: CollectorOptions): (netns?: Netns) => { readonly watched?: WatchedSockets } {
  if (watched === undefined) return () => ({});
  // Metrics of its own, which are not shown: those of the collector describe only what is recorded.
  const reader = new MessageReader(createMetrics({ version: '', processMetrics: false }).scan, log);
  return (netns) => ({ watched: new WatchedSockets(watched, reader, netns) });
}
