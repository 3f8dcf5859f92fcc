import { getSystemErrorName } from 'node:util';
import type { Connection, ConnectionCache } from '../cache/index.js';
import { BPF_INSTRUCTION_SIZE, type KernelFilter } from '../inetdiag/index.js';
import type { Logger } from '../log/index.js';
import type { Metrics } from '../metrics/index.js';
import type { AnyBatch, Listening, Poller, PollerOptions, ScanFigures } from '../native/index.js';
import { formatTimestamp, type Netns } from '../parse/index.js';
import { observeOwnBatch } from './batch-metrics.js';
import { Intake } from './intake.js';
import { MessageReader } from './message-reader.js';
import { Namespaces, type NamespacesOptions } from './namespaces.js';
import type { Listeners } from './network/index.js';
import { SocketTotals } from './socket-totals.js';
import { type DestroyEventsMode, kernelFilterBytes, tcpConnections, tcpListeners } from './source.js';
import type { TrafficMeter } from './traffic-meter.js';

/** Makes the poll thread: `netlink.Poller`, or a test's own. */
export type CreatePoller = (options: PollerOptions, onBatch: (batch: AnyBatch) => void) => Poller;

export interface CollectorOptions {
  /** The beat, nanoseconds. */
  readonly intervalNs: number;
  readonly destroyEvents: DestroyEventsMode;
  /** Has the kernel keep back what the cache would leave out; without it all is copied, and left out by the cache. */
  readonly filter?: KernelFilter;
  /** CPU time that scans may take for each unit of time, up to 1; absent: any. */
  readonly cpuBudget?: number;
  /** Bytes of scans that may wait to be taken in before beats are held back. Default: 64 MiB. */
  readonly maxPendingBytes?: number;
  /** Whether scans without a new or ended connection may be taken in together, and so a little later. */
  readonly gather?: boolean;
  /** Of the collector's own network namespace. */
  readonly cache: ConnectionCache;
  /** Given, other network namespaces are recorded too. */
  readonly namespaces?: Omit<NamespacesOptions, 'log'>;
  readonly traffic: TrafficMeter;
  /** Given, the listening sockets of the own network namespace are looked at, too. */
  readonly listeners?: Listeners;
  readonly metrics: Pick<Metrics, 'scan' | 'reference' | 'destroy'>;
  readonly log: Logger;
  readonly createPoller: CreatePoller;
  /** Called after each scan of the own namespace was taken in. Must not throw. */
  readonly onScan?: (scan: ScanFigures) => void;
}

/** The kernel does not tell of sockets' ends, though it must. */
export class DestroyEventsError extends Error {
  override readonly name = 'DestroyEventsError';
  readonly code = 'ERR_DESTROY_EVENTS';
}

/** Scans that may wait for this thread before beats are held back: two thirds of a second at the usual beat. */
const MAX_PENDING_BATCHES = 64;
/** With more namespaces than one a beat brings as many batches. How much may wait is bounded by their bytes. */
const MAX_PENDING_BATCHES_OF_MANY = 4096;
const MAX_PENDING_BYTES = 64 * 1024 * 1024;
/** How long a scan without a new or ended connection may wait for others: nobody sees metrics or archives age by so much. */
const GATHER_NS = 100e6;
/** Beats for one scan while the disk is too slow for what scans bring. */
const SLOW_STRIDE = 10;
/** The source of the own namespace. */
const OWN = 0;
/** The source of its listeners, where they are looked at, and how often that is. */
const LISTENERS = 1;
const LISTENERS_INTERVAL_NS = 1e9;

/** The loop: takes each batch from the poll thread and feeds it to the cache of its network namespace. */
export class Collector {
  readonly #options: CollectorOptions;
  readonly #poller: Poller;
  readonly #own: Intake;
  readonly #namespaces: Namespaces | undefined;
  /** Whether the kernel has shown if it takes the filter: it is asked with it only until it has refused. */
  #filterJudged = false;

  constructor(options: CollectorOptions) {
    this.#options = options;
    const { metrics, log, traffic, intervalNs, destroyEvents, filter, namespaces } = options;
    const shared = { traffic, metrics, log, reader: new MessageReader(metrics.scan, log) };
    const sockets = new SocketTotals(metrics.scan);
    const createIntake = (cache: ConnectionCache, netns?: Netns): Intake =>
      new Intake({ ...shared, sockets, cache, ...(netns === undefined ? {} : { netns }) });
    this.#own = createIntake(options.cache);
    metrics.scan.interval.set(options.intervalNs / 1e9);
    metrics.scan.effectiveInterval.set(options.intervalNs / 1e9);
    const maxPendingBatches = namespaces === undefined ? MAX_PENDING_BATCHES : MAX_PENDING_BATCHES_OF_MANY;
    metrics.scan.batchesLimit.set(maxPendingBatches);
    const maxPendingBytes = options.maxPendingBytes ?? MAX_PENDING_BYTES;
    metrics.scan.batchesLimitBytes.set(maxPendingBytes);
    const bounds = { maxPendingBatches, maxPendingBytes };
    const sources = [tcpConnections(intervalNs, destroyEvents, { filter })];
    if (options.listeners !== undefined) sources.push(tcpListeners(LISTENERS_INTERVAL_NS));
    const pace = {
      gatherNs: options.gather === true ? GATHER_NS : 0,
      ...(options.cpuBudget === undefined ? {} : { cpuBudget: options.cpuBudget }),
    };
    const poller = options.createPoller({ sources, ...bounds, ...pace }, (batch) => this.#takeIn(batch));
    this.#poller = poller;
    if (namespaces !== undefined) {
      this.#namespaces = new Namespaces(
        { ...namespaces, log },
        { poller, intervalNs, destroyEvents, filter, createIntake },
      );
    }
  }

  /**
   * Enters the network namespaces that were asked for. To be called before {@link start}, unless there are none.
   * @throws NamespaceError
   */
  async prepare(): Promise<void> {
    await this.#namespaces?.prepare();
  }

  /** The living connections, oldest first, one network namespace after the other; the own one first. */
  *connections(): Generator<Connection, void, undefined> {
    yield* this.#own.cache.connections();
    for (const cache of this.#namespaces?.caches() ?? []) yield* cache.connections();
  }

  /**
   * Begins to listen for destroy events and starts the beat; the first scan is at once.
   * @returns how listening began; undefined when it is off
   * @throws DestroyEventsError
   */
  start(): Listening | undefined {
    try {
      this.#poller.start();
    } catch (error) {
      const { code, errno = 0, syscall } = error as NodeJS.ErrnoException;
      if (code !== 'ERR_SOCKET') throw error;
      const reason = `${syscall}: ${getSystemErrorName(-errno)}`;
      throw new DestroyEventsError(`destroy events cannot be had (${reason}), and --events.destroy=on requires them`, {
        cause: error,
      });
    }
    const listening = this.#poller.listening(OWN);
    this.#own.destroyEvents.began(listening);
    if (listening?.receiveBufferBytes === undefined) this.#own.cache.expectNoEvents();
    if (listening?.fallbackFilter === true) {
      this.#options.log.warn('the kernel refuses the filter for destroy events: what is excluded is left out here', {
        instructions: (this.#options.filter?.events.length ?? 0) / BPF_INSTRUCTION_SIZE,
      });
    }
    this.#namespaces?.start();
    return listening;
  }

  /** Scans less often, or as often as configured again: the disk is too slow for what scans bring. */
  slow(wanted: boolean): void {
    const { log } = this.#options;
    if (wanted) log.warn('scanning less often: too much waits for the disk', { beats_a_scan: SLOW_STRIDE });
    else log.info('scanning on every beat again');
    this.#poller.setStride(wanted ? SLOW_STRIDE : 1);
  }

  /** Makes a last scan, takes it in, and ends every connection. */
  async stop(): Promise<void> {
    this.#namespaces?.stopLooking();
    await this.#poller.stop();
    const timestamp = formatTimestamp(BigInt(Date.now()) * 1_000_000n);
    this.#own.cache.endAll(timestamp);
    this.#namespaces?.finish(timestamp);
    this.#options.traffic.finish();
  }

  #takeIn(batch: AnyBatch): void {
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

  #judgeFilter({ way }: ScanFigures): void {
    if (this.#filterJudged) return;
    this.#filterJudged = true;
    const { filter, metrics, log } = this.#options;
    const bytes = kernelFilterBytes(way, filter);
    metrics.scan.kernelFilterBytes.set(bytes);
    const offered = filter?.bytecode.length ?? 0;
    if (bytes < offered) {
      log.warn('the kernel refuses the filter for scans: what is excluded is copied, and left out here', {
        filter_bytes: offered,
      });
    }
  }
}
