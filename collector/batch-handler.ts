import { ChangeReason, type ConnectionCache, type EventOutcome } from '../cache/index.js';
import { readCookie } from '../inetdiag/index.js';
import { type Logger, TroubleLog } from '../log/index.js';
import type { ChangeReasonLabel, Metrics } from '../metrics/index.js';
import {
  type AnyBatch,
  type Batch,
  type DestroyedKeys,
  type QuietBatch,
  type RemovedBatch,
  readQuietScans,
  type ScanFigures,
} from '../native/index.js';
import { NLMSG_HDRLEN } from '../netlink/index.js';
import { type ArchivedRecord, formatTimestamp, MessageBytes, type Netns } from '../parse/index.js';
import { observeBatch } from './batch-metrics.js';
import type { ConnectionReads, PlaceReads } from './connection-reads.js';
import { DestroyEventsWatch } from './destroy-events.js';
import type { MessageReader } from './message-reader.js';
import type { ScanObserver } from './scan-observer.js';
import type { SocketTotals } from './socket-totals.js';
import { isFilteredMethod } from './source.js';
import type { WatchedSockets } from './watched-sockets.js';

export interface BatchHandlerOptions {
  /** Cache of this source only. */
  readonly cache: ConnectionCache;
  /** Network namespace of the source; absent: the collector's own. */
  readonly netns?: Netns;
  readonly traffic: ScanObserver;
  readonly reader: MessageReader;
  readonly sockets: SocketTotals;
  /** Sockets of watched services that are not recorded; absent without watched services. */
  readonly watched?: WatchedSockets;
  readonly metrics: Pick<Metrics, 'scan' | 'reference' | 'destroy'>;
  readonly log: Logger;
}

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

/** Reason for publishing a final record, by outcome of its destroy event. */
const FINAL_CHANGE_LABELS: Readonly<Partial<Record<EventOutcome, ChangeReasonLabel>>> = {
  closed: 'state_change',
  unseen: 'new',
};

/** Losses of destroy events in quiet scans: zero. */
const NOTHING_LOST = { overruns: 0, lost: 0, discarded: 0 };

/** Feeds the batches of one source to its cache. */
export class BatchHandler {
  readonly #options: BatchHandlerOptions;
  readonly #scanTrouble: TroubleLog;
  readonly destroyEvents: DestroyEventsWatch;
  /** Reads of watched connections; undefined until the first watch. */
  #reads: PlaceReads | undefined;
  /** Number of the last scan processed. */
  #scan = 0;
  /** True while the kernel drops sockets that are excluded. */
  #isFiltered = true;
  /** This source's share in the gauges, which add up all sources. */
  #shown = { connections: 0, excluded: 0, recentlyClosed: 0 };

  constructor(options: BatchHandlerOptions) {
    this.#options = options;
    this.#scanTrouble = new TroubleLog(options.log);
    this.destroyEvents = new DestroyEventsWatch(options.metrics.destroy, options.log, options.netns === undefined);
  }

  get cache(): ConnectionCache {
    return this.#options.cache;
  }

  /** Respects reads of watched connections from now on. */
  respect(reads: ConnectionReads): void {
    this.#reads ??= reads.of(this.#options);
  }

  /**
   * Processes a batch of the source.
   * @param onScan called after each scan
   */
  take(batch: Exclude<AnyBatch, RemovedBatch>, onScan?: (scan: ScanFigures) => void): void {
    const { cache } = this.#options;
    if (batch.kind === 'scan') this.#takeScan(batch, onScan);
    else if (batch.kind === 'quiet') this.#takeQuiet(batch, onScan);
    else this.#takeDestroyed(batch.destroyed);
    this.#reads?.endClosed();
    this.#show(cache.size, cache.excludedSize, cache.recentlyClosedSize);
  }

  /** Processes the last batch of a removed source and ends its connections. `timestamp` is RFC 3339 UTC. */
  takeRemoved(batch: RemovedBatch, timestamp: string): void {
    const { cache, netns, traffic, sockets } = this.#options;
    this.#takeDestroyed(batch.destroyed);
    for (const cookie of batch.gone) this.#vanished(cookie, timestamp);
    cache.endAll(timestamp, 'vanished');
    this.#reads?.endClosed();
    this.#options.watched?.cache.endAll(timestamp, 'vanished');
    sockets.removed(batch.source);
    if (netns !== undefined) traffic.left(netns);
    this.#show(0, 0, 0);
  }

  /** Notes that no destroy events will come. */
  expectNoEvents(): void {
    this.cache.expectNoEvents();
    this.#options.watched?.cache.expectNoEvents();
  }

  /** Ends every connection, because the collector stops. `timestamp` is RFC 3339 UTC. */
  endAll(timestamp: string): void {
    this.cache.endAll(timestamp);
    this.#reads?.endClosed();
    this.#options.watched?.cache.endAll(timestamp);
  }

  /** Processes a scan: changed sockets in the kernel's order, then ended ones, then vanished ones. */
  #takeScan(batch: Batch, onScan?: (scan: ScanFigures) => void): void {
    const timestamp = this.#begin(batch);
    const data = new MessageBytes(batch.data);
    const reads = this.#reads?.isEmpty === false ? this.#reads : undefined;
    for (let i = 0; i + 1 < batch.changed.length; i += 2) {
      const offset = batch.changed[i] ?? 0;
      const length = batch.changed[i + 1] ?? 0;
      if (reads?.holdsBack(batch.data, offset, length, batch.startNs, batch.endNs) === true) continue;
      this.#takeMessage(data, offset, length, timestamp);
    }
    if (batch.failure === undefined) this.#scanned(batch, timestamp);
    this.#takeDestroyed(batch.destroyed);
    if (batch.gone.length > 0) reads?.flush();
    for (const cookie of batch.gone) this.#vanished(cookie, timestamp);
    this.#finish(batch.source, batch, onScan);
  }

  /** Processes quiet scans: those in which no socket changed, ended or vanished. */
  #takeQuiet(batch: QuietBatch, onScan?: (scan: ScanFigures) => void): void {
    for (const scan of readQuietScans(batch)) {
      this.#scanned(scan, this.#begin(scan));
      this.#finish(batch.source, scan, onScan);
    }
    this.destroyEvents.took(NOTHING_LOST);
  }

  /** Notes that a scan is being processed. Returns the time of its end, RFC 3339 UTC. */
  #begin(scan: ScanFigures): string {
    observeBatch(this.#options.metrics, scan);
    this.#reportFailure(scan);
    this.#scan = scan.scan;
    this.#isFiltered = isFilteredMethod(scan.queryMethod);
    return formatTimestamp(scan.endNs);
  }

  #finish(source: number, scan: ScanFigures, onScan?: (scan: ScanFigures) => void): void {
    const { netns, traffic, sockets, watched } = this.#options;
    if (scan.failure === undefined) {
      traffic.scanned(scan.endNs, netns);
      sockets.scanned(source, scan.tally);
      watched?.scanned(scan.startNs);
    }
    onScan?.(scan);
  }

  #scanned({ scan, startNs }: ScanFigures, timestamp: string): void {
    this.#options.cache.scanned(scan, timestamp);
    this.#reads?.scanned(scan, startNs);
    this.#options.watched?.cache.scanned(scan, timestamp);
  }

  #vanished(cookie: bigint, timestamp: string): void {
    this.#options.cache.end(cookie, { timestamp, cause: 'vanished' });
    this.#options.watched?.cache.end(cookie, { timestamp, cause: 'vanished' });
  }

  #takeMessage(data: MessageBytes, offset: number, length: number, timestamp: string): void {
    const { cache, reader, metrics } = this.#options;
    try {
      const reason =
        cache.renew(data, offset, length, timestamp, this.#scan) ?? this.#update(data, offset, length, timestamp);
      const label = CHANGE_LABELS[reason];
      if (label !== undefined) metrics.scan.changes.inc(label);
    } catch (error) {
      reader.discard(error);
    }
  }

  /** Processes a message that changes no record in place. */
  #update(data: MessageBytes, offset: number, length: number, timestamp: string): ChangeReason {
    const { cache, reader, watched } = this.#options;
    if (this.#isFiltered && watched?.takeOnly(data, offset, length, timestamp, this.#scan) === true) {
      // A recorded socket that was connected elsewhere: without watched services it would have vanished.
      cache.end(readCookie(data.bytes, offset + NLMSG_HDRLEN), { timestamp, cause: 'vanished' });
      return ChangeReason.NoMajorChange;
    }
    const record = reader.read(data.bytes, offset, length, timestamp);
    const reason = cache.update(record, this.#scan);
    watched?.takeBeside(record, cache, this.#scan);
    return reason;
  }

  #takeDestroyed(destroyed: DestroyedKeys): void {
    this.destroyEvents.took(destroyed);
    if (destroyed.messages.length === 0) return;
    this.#reads?.flush();
    const timestamp = formatTimestamp(destroyed.takenNs);
    for (let i = 0; i + 3 < destroyed.messages.length; i += 4) this.#takeDestroyEvent(destroyed, i, timestamp);
  }

  #takeDestroyEvent({ data, messages, lastScans }: DestroyedKeys, at: number, timestamp: string): void {
    const { cache, metrics, watched } = this.#options;
    const [offset = 0, length = 0, seenOffset = 0, seenLength = 0] = messages.subarray(at, at + 4);
    const scanned = seenLength === 0 ? undefined : this.#tryRead(data, seenOffset, seenLength, timestamp);
    const event = this.#tryRead(data, offset, length, timestamp);
    if (event !== undefined) {
      const seen = this.#reads === undefined ? scanned : this.#reads.seenAtEnd(event, scanned);
      if (watched !== undefined && !watched.isInEvents(event)) {
        watched.finish(event, seen, this.#scan, lastScans[at / 4]);
        // The poll thread has removed the key: an excluded socket would stay counted.
        if (event.rawIdm !== undefined) cache.end(readCookie(event.rawIdm), { timestamp, cause: 'vanished' });
        return;
      }
      const isRecorded = watched !== undefined && event.rawIdm !== undefined && cache.has(readCookie(event.rawIdm));
      const outcome = cache.finish(event, seen, this.#scan, lastScans[at / 4]);
      if (!isRecorded) watched?.finishBeside(event, seen, this.#scan, lastScans[at / 4], outcome);
      this.destroyEvents.count(outcome);
      const label = FINAL_CHANGE_LABELS[outcome];
      if (label !== undefined) metrics.scan.changes.inc(label);
      return;
    }
    this.destroyEvents.count('malformed');
    // The poll thread has already removed the key and will not report it again.
    const cookie = readCookie(data.subarray(offset + NLMSG_HDRLEN, offset + length));
    this.#vanished(cookie, timestamp);
  }

  #tryRead(data: Uint8Array, offset: number, length: number, timestamp: string): ArchivedRecord | undefined {
    try {
      return this.#options.reader.read(data, offset, length, timestamp);
    } catch (error) {
      this.#options.reader.discard(error);
      return undefined;
    }
  }

  #reportFailure({ failure }: ScanFigures): void {
    const { netns, metrics } = this.#options;
    const place = netns === undefined ? {} : { netns: netns.name };
    if (failure === undefined) {
      this.#scanTrouble.succeeded('scans are complete again', place);
      return;
    }
    metrics.reference.errors.inc(`scan ${failure.op}`);
    this.#scanTrouble.failed('scan failed; connections are kept as they were', {
      code: failure.code,
      op: failure.op,
      errno: failure.errno,
      ...place,
    });
  }

  #show(connections: number, excluded: number, recentlyClosed: number): void {
    const { scan, destroy } = this.#options.metrics;
    scan.connections.inc(connections - this.#shown.connections);
    scan.connectionsExcluded.inc(excluded - this.#shown.excluded);
    destroy.awaited.inc(recentlyClosed - this.#shown.recentlyClosed);
    this.#shown = { connections, excluded, recentlyClosed };
  }
}
