import type { ConnectionCache, EventOutcome } from '../cache/index.js';
import { readCookie } from '../inetdiag/index.js';
import { NLMSG_HDRLEN } from '../netlink/index.js';
import type { ArchivedRecord, MessageBytes, Netns } from '../parse/index.js';
import type { MessageReader } from './message-reader.js';
import type { WatchedFilters } from './watched-filters.js';

/** Options of a collector that also watches services. */
export interface WatchedOptions {
  readonly filters: WatchedFilters;
  /**
   * Creates the cache of a network namespace for connections of services that are not recorded; `netns` is absent for
   * the own one.
   */
  readonly createCache: (netns?: Netns) => ConnectionCache;
  /**
   * Called after each complete scan, when its connections were taken. Must not throw.
   * @param startNs start of the scan, nanoseconds since the epoch
   * @param netns absent for the own network namespace
   */
  readonly onScan: (startNs: bigint, netns: Netns | undefined) => void;
  /** Called after each batch. Must not throw. */
  readonly onBatch: () => void;
}

/** Sockets of one source that are watched and not recorded. They have a cache of their own. */
export class WatchedSockets {
  readonly cache: ConnectionCache;
  /** Notes a complete scan, by the time of its start. */
  readonly scanned: (startNs: bigint) => void;
  readonly #filters: WatchedFilters;
  readonly #reader: MessageReader;

  /** @param reader decoder whose counts are not shown */
  constructor({ filters, createCache, onScan }: WatchedOptions, reader: MessageReader, netns?: Netns) {
    this.cache = createCache(netns);
    this.scanned = (startNs) => onScan(startNs, netns);
    this.#filters = filters;
    this.#reader = reader;
  }

  /**
   * Takes the newest message of a socket if the collector would not have it without watched services.
   * @returns false if it would: then nothing was done
   * @throws DecodeError
   */
  takeOnly(data: MessageBytes, offset: number, length: number, timestamp: string, scan: number): boolean {
    const message = data.bytes.subarray(offset + NLMSG_HDRLEN, offset + length);
    if (this.#filters.isInScans(message)) return false;
    if (this.cache.renew(data, offset, length, timestamp, scan) === undefined) {
      this.cache.update(this.#reader.read(data.bytes, offset, length, timestamp), scan);
    }
    return true;
  }

  /** Takes a record that the collector's own cache was given, too: it is watched here unless it is recorded there. */
  takeBeside(record: ArchivedRecord, recorded: ConnectionCache, scan: number): void {
    const { rawIdm, timestamp } = record;
    if (rawIdm === undefined || !this.#filters.covers(rawIdm)) return;
    const cookie = readCookie(rawIdm);
    if (!recorded.has(cookie)) this.cache.update(record, scan);
    else if (this.cache.has(cookie)) this.cache.end(cookie, { timestamp, cause: 'reconnected' });
  }

  /** Returns whether the destroy event of a socket would have come without watched services. */
  isInEvents(event: ArchivedRecord): boolean {
    return event.rawIdm === undefined || this.#filters.isInEvents(event.rawIdm);
  }

  /** Takes a destroy event of a socket that is not recorded. */
  finish(event: ArchivedRecord, seen: ArchivedRecord | undefined, scan: number, seenScan: number | undefined): void {
    const { rawIdm } = event;
    if (rawIdm === undefined) return;
    if (!this.cache.has(readCookie(rawIdm)) && !this.#filters.covers(rawIdm)) return;
    this.cache.finish(event, seen, scan, seenScan);
  }

  /**
   * Takes a destroy event that the collector's own cache was given, too, and whose connection it did not know before.
   * @param outcome that of the collector's own cache: it may have recorded the whole connection now
   */
  finishBeside(
    event: ArchivedRecord,
    seen: ArchivedRecord | undefined,
    scan: number,
    seenScan: number | undefined,
    outcome: EventOutcome,
  ): void {
    const isKnown = event.rawIdm !== undefined && this.cache.has(readCookie(event.rawIdm));
    if (isKnown || outcome === 'excluded') this.finish(event, seen, scan, seenScan);
  }
}
