import { ChangeReason, type ConnectionCache } from '../cache/index.js';
import { type Logger, TroubleLog } from '../log/index.js';
import type { ChangeReasonLabel, Metrics } from '../metrics/index.js';
import type { Batch, Poller, PollerOptions } from '../native/index.js';
import { formatTimestamp, type OmittedAttribute, parseNetlinkMessage } from '../parse/index.js';
import { DecodeError } from '../tcp/index.js';
import { observeBatch } from './batch-metrics.js';
import type { RateMeter } from './rate-meter.js';
import { tcpConnections } from './source.js';

/** Makes the poll thread: `netlink.Poller`, or a test's own. */
export type CreatePoller = (options: PollerOptions, onBatch: (batch: Batch) => void) => Poller;

export interface CollectorOptions {
  /** The beat, nanoseconds. */
  readonly intervalNs: number;
  readonly cache: ConnectionCache;
  readonly rates: RateMeter;
  readonly metrics: Pick<Metrics, 'scan' | 'reference'>;
  readonly log: Logger;
  readonly createPoller: CreatePoller;
  /** Called after each scan was taken in. Must not throw. */
  readonly onScan?: (batch: Batch) => void;
}

/** Batches that may wait for this thread before beats are held back: two thirds of a second at the usual beat. */
const MAX_PENDING_BATCHES = 64;
const MAX_PENDING_BYTES = 64 * 1024 * 1024;

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

/**
 * The loop: takes each scan's batch from the poll thread and feeds it to the cache, first what changed, in the kernel's
 * order, then what is gone.
 */
export class Collector {
  readonly #options: CollectorOptions;
  readonly #poller: Poller;
  readonly #scanTrouble: TroubleLog;
  readonly #messageTrouble: TroubleLog;

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#scanTrouble = new TroubleLog(options.log);
    this.#messageTrouble = new TroubleLog(options.log);
    options.metrics.scan.interval.set(options.intervalNs / 1e9);
    const { batchesLimit, batchesLimitBytes } = options.metrics.scan;
    batchesLimit.set(MAX_PENDING_BATCHES);
    batchesLimitBytes.set(MAX_PENDING_BYTES);
    const bounds = { maxPendingBatches: MAX_PENDING_BATCHES, maxPendingBytes: MAX_PENDING_BYTES };
    const sources = [tcpConnections(options.intervalNs)];
    this.#poller = options.createPoller({ sources, ...bounds }, (batch) => this.#takeIn(batch));
  }

  /** Starts the beat; the first scan is at once. */
  start(): void {
    this.#poller.start();
  }

  /** Makes a last scan, takes it in, and ends every connection. */
  async stop(): Promise<void> {
    await this.#poller.stop();
    this.#options.cache.endAll(formatTimestamp(BigInt(Date.now()) * 1_000_000n));
  }

  #takeIn(batch: Batch): void {
    const { cache, rates, metrics, onScan } = this.#options;
    observeBatch(metrics, batch);
    this.#reportFailure(batch);
    if (batch.changed.length > 0 || batch.gone.length > 0) {
      const timestamp = formatTimestamp(batch.endNs);
      for (let i = 0; i + 1 < batch.changed.length; i += 2) {
        this.#takeMessage(batch, batch.changed[i] ?? 0, batch.changed[i + 1] ?? 0, timestamp);
      }
      for (const cookie of batch.gone) cache.end(cookie, timestamp);
    }
    if (batch.failure === undefined) rates.scanned(batch.endNs);
    countConnections(metrics, cache);
    onScan?.(batch);
  }

  #takeMessage(batch: Batch, offset: number, length: number, timestamp: string): void {
    const { cache, metrics } = this.#options;
    try {
      // The batch's bytes are the poll thread's again when this call returns.
      // Not from Node's pool: a record that is kept for hours would keep the 8 KiB around it.
      const message = Buffer.allocUnsafeSlow(length);
      message.set(batch.data.subarray(offset, offset + length));
      const reason = cache.update(parseNetlinkMessage(message, timestamp, this.#countOmitted));
      const label = CHANGE_LABELS[reason];
      if (label !== undefined) metrics.scan.changes.inc(label);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      metrics.scan.messagesDiscarded.inc('malformed');
      this.#messageTrouble.failed('netlink message discarded', { code: error.code, reason: error.message });
    }
  }

  readonly #countOmitted: OmittedAttribute = (_type, reason) => {
    this.#options.metrics.scan.attributesOmitted.inc(reason);
  };

  #reportFailure({ failure }: Batch): void {
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
}

function countConnections({ scan, reference }: CollectorOptions['metrics'], cache: ConnectionCache): void {
  reference.cacheCount.observe(cache.size);
  scan.connections.set(cache.size);
  scan.connectionsExcluded.set(cache.excludedSize);
}
