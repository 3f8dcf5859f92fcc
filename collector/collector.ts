import { getSystemErrorName } from 'node:util';
import { ChangeReason, type ConnectionCache, type EventOutcome } from '../cache/index.js';
import { NLMSG_HDRLEN, readCookie } from '../inetdiag/index.js';
import { type Logger, TroubleLog } from '../log/index.js';
import type { ChangeReasonLabel, Metrics } from '../metrics/index.js';
import {
  type AnyBatch,
  type Batch,
  type EndedKeys,
  type Listening,
  type Poller,
  type PollerOptions,
  type QuietBatch,
  readQuietScans,
  type ScanFigures,
} from '../native/index.js';
import { type ArchivedRecord, formatTimestamp } from '../parse/index.js';
import { observeBatch } from './batch-metrics.js';
import { DestroyEventsWatch } from './destroy-events.js';
import { MessageReader } from './message-reader.js';
import { type DestroyEventsMode, tcpConnections } from './source.js';
import type { TrafficMeter } from './traffic-meter.js';

/** Makes the poll thread: `netlink.Poller`, or a test's own. */
export type CreatePoller = (options: PollerOptions, onBatch: (batch: AnyBatch) => void) => Poller;

export interface CollectorOptions {
  /** The beat, nanoseconds. */
  readonly intervalNs: number;
  readonly destroyEvents: DestroyEventsMode;
  /** CPU time that scans may take for each unit of time, up to 1; absent: any. */
  readonly cpuBudget?: number;
  /** Whether scans that had nothing to tell may be taken in together, and so a little later. */
  readonly gather?: boolean;
  readonly cache: ConnectionCache;
  readonly traffic: TrafficMeter;
  readonly metrics: Pick<Metrics, 'scan' | 'reference' | 'destroy'>;
  readonly log: Logger;
  readonly createPoller: CreatePoller;
  /** Called after each scan was taken in. Must not throw. */
  readonly onScan?: (scan: ScanFigures) => void;
}

/** The kernel does not tell of sockets' ends, though it must. */
export class DestroyEventsError extends Error {
  override readonly name = 'DestroyEventsError';
  readonly code = 'ERR_DESTROY_EVENTS';
}

/** Scans that may wait for this thread before beats are held back: two thirds of a second at the usual beat. */
const MAX_PENDING_BATCHES = 64;
const MAX_PENDING_BYTES = 64 * 1024 * 1024;
/** How long a scan with nothing to tell may wait for others: nobody sees metrics age by so much. */
const GATHER_NS = 100e6;
/** Beats for one scan while the disk is too slow for what scans bring. */
const SLOW_STRIDE = 10;
/** What scans that had nothing to tell say of destroy events. */
const NOTHING_LOST = { overruns: 0, lost: 0, discarded: 0 };
/** The only source. */
const TCP = 0;

const CHANGE_LABELS: Readonly<Record<ChangeReason, ChangeReasonLabel | undefined>> = {
  [ChangeReason.NoMajorChange]: undefined,
  [ChangeReason.IDiagStateChange]: 'state_change',
  [ChangeReason.NoTCPInfo]: 'no_tcp_info',
  [ChangeReason.NewAttribute]: 'new_attribute',
  [ChangeReason.LostAttribute]: 'lost_attribute',
  [ChangeReason.AttributeLength]: 'attribute_length',
  [ChangeReason.StateOrCounterChange]: 'state_or_counter_change',
  [ChangeReason.PreviousWasNil]: 'new',
  [ChangeReason.Other]: 'other',
};

/** Why a final record was published, by what its event was. */
const FINAL_CHANGE_LABELS: Readonly<Partial<Record<EventOutcome, ChangeReasonLabel>>> = {
  closed: 'state_change',
  unseen: 'new',
};

/**
 * The loop: takes each batch from the poll thread and feeds it to the cache, first what changed, in the kernel's order,
 * then what the kernel says has ended, then what is gone.
 */
export class Collector {
  readonly #options: CollectorOptions;
  readonly #poller: Poller;
  readonly #reader: MessageReader;
  readonly #destroyEvents: DestroyEventsWatch;
  readonly #scanTrouble: TroubleLog;
  /** The last scan that was taken in. */
  #scan = 0;

  constructor(options: CollectorOptions) {
    this.#options = options;
    const { metrics, log } = options;
    this.#reader = new MessageReader(metrics.scan, log);
    this.#destroyEvents = new DestroyEventsWatch(metrics.destroy, log);
    this.#scanTrouble = new TroubleLog(log);
    metrics.scan.interval.set(options.intervalNs / 1e9);
    metrics.scan.effectiveInterval.set(options.intervalNs / 1e9);
    metrics.scan.batchesLimit.set(MAX_PENDING_BATCHES);
    metrics.scan.batchesLimitBytes.set(MAX_PENDING_BYTES);
    const bounds = { maxPendingBatches: MAX_PENDING_BATCHES, maxPendingBytes: MAX_PENDING_BYTES };
    const sources = [tcpConnections(options.intervalNs, options.destroyEvents)];
    const pace = {
      gatherNs: options.gather === true ? GATHER_NS : 0,
      ...(options.cpuBudget === undefined ? {} : { cpuBudget: options.cpuBudget }),
    };
    this.#poller = options.createPoller({ sources, ...bounds, ...pace }, (batch) => this.#takeIn(batch));
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
    const listening = this.#poller.listening(TCP);
    this.#destroyEvents.began(listening);
    if (listening?.receiveBufferBytes === undefined) this.#options.cache.expectNoEvents();
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
    await this.#poller.stop();
    this.#options.cache.endAll(formatTimestamp(BigInt(Date.now()) * 1_000_000n));
    this.#options.traffic.finish();
  }

  #takeIn(batch: AnyBatch): void {
    if (batch.kind === 'scan') this.#takeScan(batch);
    else if (batch.kind === 'quiet') this.#takeQuiet(batch);
    else this.#takeEnds(batch.ended);
    this.#countConnections();
  }

  #takeScan(batch: Batch): void {
    const { cache } = this.#options;
    const timestamp = this.#begin(batch);
    for (let i = 0; i + 1 < batch.changed.length; i += 2) {
      this.#takeMessage(batch.data, batch.changed[i] ?? 0, batch.changed[i + 1] ?? 0, timestamp);
    }
    if (batch.failure === undefined) cache.scanned(batch.scan, timestamp);
    this.#takeEnds(batch.ended);
    for (const cookie of batch.gone) cache.end(cookie, { timestamp, cause: 'vanished' });
    this.#finish(batch);
  }

  /** The same for scans in which nothing was found. */
  #takeQuiet(batch: QuietBatch): void {
    for (const scan of readQuietScans(batch)) {
      this.#options.cache.scanned(scan.scan, this.#begin(scan));
      this.#finish(scan);
    }
    this.#destroyEvents.took(NOTHING_LOST);
  }

  /** A scan is taken in. @returns when it ended */
  #begin(scan: ScanFigures): string {
    observeBatch(this.#options.metrics, scan);
    this.#reportFailure(scan);
    this.#scan = scan.scan;
    return formatTimestamp(scan.endNs);
  }

  #finish(scan: ScanFigures): void {
    const { cache, traffic, metrics, onScan } = this.#options;
    if (scan.failure === undefined) traffic.scanned(scan.endNs);
    metrics.reference.cacheCount.observe(cache.size);
    onScan?.(scan);
  }

  #takeMessage(data: Uint8Array, offset: number, length: number, timestamp: string): void {
    const { cache, metrics } = this.#options;
    try {
      const reason = cache.update(this.#reader.read(data, offset, length, timestamp), this.#scan);
      const label = CHANGE_LABELS[reason];
      if (label !== undefined) metrics.scan.changes.inc(label);
    } catch (error) {
      this.#reader.discard(error);
    }
  }

  #takeEnds(ended: EndedKeys): void {
    this.#destroyEvents.took(ended);
    if (ended.messages.length === 0) return;
    const timestamp = formatTimestamp(ended.takenNs);
    for (let i = 0; i + 3 < ended.messages.length; i += 4) this.#takeEnd(ended, i, timestamp);
  }

  #takeEnd({ data, messages, lastScans }: EndedKeys, at: number, timestamp: string): void {
    const { cache, metrics } = this.#options;
    const [offset = 0, length = 0, seenOffset = 0, seenLength = 0] = messages.subarray(at, at + 4);
    const seen = seenLength === 0 ? undefined : this.#tryRead(data, seenOffset, seenLength, timestamp);
    const event = this.#tryRead(data, offset, length, timestamp);
    if (event !== undefined) {
      const outcome = cache.finish(event, seen, this.#scan, lastScans[at / 4]);
      metrics.destroy.events.inc(outcome);
      const label = FINAL_CHANGE_LABELS[outcome];
      if (label !== undefined) metrics.scan.changes.inc(label);
      return;
    }
    metrics.destroy.events.inc('malformed');
    // The poll thread has forgotten the key, and will not tell of it again.
    const cookie = readCookie(data.subarray(offset + NLMSG_HDRLEN, offset + length));
    cache.end(cookie, { timestamp, cause: 'vanished' });
  }

  #tryRead(data: Uint8Array, offset: number, length: number, timestamp: string): ArchivedRecord | undefined {
    try {
      return this.#reader.read(data, offset, length, timestamp);
    } catch (error) {
      this.#reader.discard(error);
      return undefined;
    }
  }

  #reportFailure({ failure }: ScanFigures): void {
    if (failure === undefined) {
      this.#scanTrouble.succeeded('scans are complete again');
      return;
    }
    this.#options.metrics.reference.errors.inc(`scan ${failure.op}`);
    this.#scanTrouble.failed('scan failed; connections are kept as they were', {
      code: failure.code,
      op: failure.op,
      errno: failure.errno,
    });
  }

  #countConnections(): void {
    const { cache, metrics } = this.#options;
    metrics.scan.connections.set(cache.size);
    metrics.scan.connectionsExcluded.set(cache.excludedSize);
    metrics.destroy.awaited.set(cache.departedSize);
  }
}
