import { decodeSockId, readCookie, readFamily } from '../inetdiag/index.js';
import { NLMSG_HDRLEN } from '../netlink/index.js';
import { type ArchivedRecord, type MessageBytes, NetlinkRecord, type Netns } from '../parse/index.js';
import { ChangeReason, compareMessage, compareRecords } from './change.js';
import type { Connection, ConnectionEnd, ConnectionObserver, EndCause, FirstSeen, Traffic } from './connection.js';
import { type CookieKey, keyOf, readCookieKey } from './cookie-key.js';
import { DepartedConnections } from './departed.js';
import { disconnectedRecord, hadOpened, hadPeer, isDisconnected, isTorn } from './disconnected.js';
import { keptEnds, sameEnds } from './ends.js';
import type { EventOutcome } from './event-outcome.js';
import type { Exclusions } from './exclusions.js';
import { finalRecord } from './final-record.js';
import { ScanTimes } from './scan-times.js';
import { formatUuid } from './uuid.js';

export interface ConnectionCacheOptions {
  /** Stands before the cookie in every UUID. */
  readonly uuidPrefix: string;
  /** Where the connections are; absent: in the collector's own network namespace. */
  readonly netns?: Netns;
  readonly exclusions: Exclusions;
  /** Told of every connection, in this order. */
  readonly observers: readonly ConnectionObserver[];
  /** Vanished connections whose end may still be told that are remembered (default 65,536: some 30 MB). */
  readonly maxDeparted?: number;
}

const MAX_DEPARTED = 65_536;
/** More than a vanished socket's event is waited for. */
const SCANS_KEPT = 4096;

/** How a record came about. */
interface Circumstances {
  /** The scan that brought it, or the last one before the event that did. */
  readonly scan: number;
  /** The last scan before that saw the socket. */
  readonly seenScan: number;
  readonly reason: ChangeReason;
}

/**
 * The living connections of one network namespace by cookie: it decides what is new, what changed and why, and what ended, and tells its
 * observers. Pure: it knows neither time nor kernel.
 */
export class ConnectionCache {
  readonly #uuidPrefix: string;
  readonly #place: { readonly netns?: Netns };
  readonly #exclusions: Exclusions;
  readonly #observers: readonly ConnectionObserver[];
  readonly #connections = new Map<CookieKey, Connection>();
  /** Living sockets that are left out, with the `inet_diag_msg` for which that was decided. */
  readonly #excluded = new Map<bigint, Uint8Array>();
  readonly #departed: DepartedConnections;
  readonly #scans = new ScanTimes(SCANS_KEPT);

  constructor({ uuidPrefix, netns, exclusions, observers, maxDeparted = MAX_DEPARTED }: ConnectionCacheOptions) {
    this.#uuidPrefix = uuidPrefix;
    this.#place = netns === undefined ? {} : { netns };
    this.#exclusions = exclusions;
    this.#observers = observers;
    this.#departed = new DepartedConnections(maxDeparted);
  }

  /** Living connections, without the excluded. */
  get size(): number {
    return this.#connections.size;
  }

  /** Living sockets that are left out. */
  get excludedSize(): number {
    return this.#excluded.size;
  }

  /** Vanished connections whose end the kernel has not told. */
  get departedSize(): number {
    return this.#departed.size;
  }

  /** The living connections, oldest first. */
  connections(): IterableIterator<Connection> {
    return this.#connections.values();
  }

  /** The kernel is not going to tell of any end: nobody who vanishes is remembered. */
  expectNoEvents(): void {
    this.#departed.limit = 0;
  }

  /** A complete scan was taken in: whoever is known and was not updated was as before. `timestamp` is RFC 3339 UTC. */
  scanned(scan: number, timestamp: string): void {
    this.#scans.add(scan, timestamp);
  }

  /**
   * Takes the newest record of a socket: publishes it as `opened` or `changed`, unless it is excluded or nothing that
   * counts is different. A socket can be disconnected and connected elsewhere (`connect` with AF_UNSPEC) under the same
   * cookie: that ends one connection and opens another.
   * @param scan the number of the scan that brought it
   * @returns why it was published; NoMajorChange when it was not
   * @throws DecodeError when the record holds no whole `inet_diag_msg`
   */
  update(record: ArchivedRecord, scan = 0): ChangeReason {
    const rawIdm = record.rawIdm ?? new Uint8Array();
    const cookie = readCookie(rawIdm);
    const known = this.#known(cookie, rawIdm, record.timestamp);
    if (known !== undefined) {
      const reason = compareRecords(known.last, record);
      if (reason !== ChangeReason.NoMajorChange)
        this.#change(known, record, { scan, seenScan: this.#scans.last, reason });
      return reason;
    }
    if (this.#isExcluded(cookie, rawIdm)) return ChangeReason.NoMajorChange;
    return this.#open(cookie, rawIdm, record, scan, 'scan') === undefined
      ? ChangeReason.NoMajorChange
      : ChangeReason.PreviousWasNil;
  }

  /**
   * Takes the newest message of a socket as {@link update} does, in place: where a living connection has been told of by
   * a message of the same layout, its record takes this one's bytes.
   * @param at where the message begins in `data`, at its `nlmsghdr`
   * @param timestamp when it was received, RFC 3339 UTC
   * @returns undefined when nothing was done: the message has to be parsed, and given to `update`
   * @throws DecodeError when it holds no whole `inet_diag_msg`
   */
  renew(data: MessageBytes, at: number, length: number, timestamp: string, scan = 0): ChangeReason | undefined {
    const connection = this.#connections.get(readCookieKey(data.bytes, at + NLMSG_HDRLEN));
    if (connection === undefined) return undefined;
    const { last } = connection;
    if (!(last instanceof NetlinkRecord) || !last.fits(data, at, length)) return undefined;
    const reason = compareMessage(last, data, at);
    if (reason === ChangeReason.NoMajorChange) return reason;
    this.#note(connection, scan, this.#scans.last, reason);
    last.renew(data, at, timestamp);
    for (const observer of this.#observers) observer.changed(connection, reason);
    return reason;
  }

  /**
   * The kernel told of a socket's end: `event` is its destroy event. Completed by what a scan saw last, it becomes the
   * connection's last record, and the connection is closed; one that no scan has seen is opened first.
   * @param seen the newest record of the socket, published or not; without it the one that was published last
   * @param scan the number of the last scan
   * @param seenScan the number of the scan that saw the socket last
   * @throws DecodeError when the event holds no whole `inet_diag_msg`
   */
  finish(event: ArchivedRecord, seen: ArchivedRecord | undefined, scan = 0, seenScan = scan): EventOutcome {
    const rawIdm = event.rawIdm ?? new Uint8Array();
    const cookie = readCookie(rawIdm);
    const { timestamp } = event;
    if (isDisconnected(rawIdm)) return this.#finishDisconnected(event, seen, scan, seenScan);
    const known = this.#known(cookie, rawIdm, timestamp);
    if (known !== undefined) {
      // Connected elsewhere since: what a scan saw last is not of this connection.
      const before = seen?.rawIdm !== undefined && sameEnds(rawIdm, seen.rawIdm) ? seen : known.last;
      const reason = ChangeReason.IDiagStateChange;
      this.#change(known, finalRecord(event, before), { scan, seenScan, reason });
      this.end(cookie, { timestamp, cause: 'event', before });
      return 'closed';
    }
    if (this.#isExcluded(cookie, rawIdm)) {
      this.#excluded.delete(cookie);
      return 'excluded';
    }
    const departed = this.#departed.take(cookie, rawIdm);
    if (departed !== undefined) {
      for (const observer of this.#observers) observer.late?.(departed.traffic, event);
      return 'late';
    }
    // Its counters are forgotten, but not that it is over.
    if (this.#departed.wasForgotten(cookie)) return 'late';
    if (this.#open(cookie, rawIdm, event, scan, 'event') === undefined) {
      this.#excluded.delete(cookie);
      return 'excluded';
    }
    this.end(cookie, { timestamp, cause: 'event' });
    return 'unseen';
  }

  /** The kernel reported the end of a socket without a peer: it was disconnected, or never connected. */
  #finishDisconnected(
    event: ArchivedRecord,
    seen: ArchivedRecord | undefined,
    scan: number,
    seenScan: number,
  ): EventOutcome {
    const { rawIdm = new Uint8Array(), timestamp } = event;
    const cookie = readCookie(rawIdm);
    const known = this.#connections.get(keyOf(cookie));
    const published = known?.last.rawIdm;
    if (known !== undefined && published !== undefined && keptEnds(rawIdm, published)) {
      const isOfIt = seen?.rawIdm !== undefined && sameEnds(published, seen.rawIdm) && !isTorn(seen);
      const before = isOfIt ? seen : known.last;
      const reason = ChangeReason.IDiagStateChange;
      this.#change(known, disconnectedRecord(event, before), { scan, seenScan, reason });
      this.end(cookie, { timestamp, cause: 'disconnected', before });
      return 'closed';
    }
    // Connected elsewhere since a scan saw it, and disconnected there.
    if (known !== undefined) this.end(cookie, { timestamp, cause: 'reconnected' });
    if (this.#excluded.delete(cookie)) return 'excluded';
    // The event that is awaited of a connection that vanished.
    const departed = this.#departed.takeAny(cookie);
    if (departed !== undefined) {
      for (const observer of this.#observers) observer.late?.(departed.traffic, undefined);
      return 'late';
    }
    if (this.#departed.wasForgotten(cookie)) return 'late';
    if (!hadPeer(rawIdm)) return 'unconnected';
    if (this.#exclusions.excludesDisconnected(decodeSockId(rawIdm), readFamily(rawIdm))) return 'excluded';
    return hadOpened(event) ? 'unrecorded_reset' : 'unrecorded_failed';
  }

  /** The socket is gone. Nothing happens when it is not known. */
  end(cookie: bigint, end: ConnectionEnd): void {
    if (this.#excluded.delete(cookie)) return;
    const connection = this.#connections.get(keyOf(cookie));
    if (connection === undefined) return;
    this.#connections.delete(keyOf(cookie));
    if (end.cause === 'vanished' && connection.last.rawIdm !== undefined) {
      this.#departed.add(cookie, connection.last.rawIdm, connection.traffic);
    }
    for (const observer of this.#observers) observer.closed(connection, end);
  }

  /** Ends every connection: the collector goes, unless another cause is given. `timestamp` is RFC 3339 UTC. */
  endAll(timestamp: string, cause: EndCause = 'shutdown'): void {
    for (const { cookie } of [...this.#connections.values()]) this.end(cookie, { timestamp, cause });
    this.#excluded.clear();
  }

  /** The connection of a cookie. One with other ends is over: it is closed. */
  #known(cookie: bigint, rawIdm: Uint8Array, timestamp: string): Connection | undefined {
    const known = this.#connections.get(keyOf(cookie));
    if (known === undefined || sameEnds(rawIdm, known.last.rawIdm ?? rawIdm)) return known;
    this.end(cookie, { timestamp, cause: 'reconnected' });
    return undefined;
  }

  /** Whether that was decided before, and for these ends. */
  #isExcluded(cookie: bigint, rawIdm: Uint8Array): boolean {
    const excluded = this.#excluded.get(cookie);
    if (excluded === undefined) return false;
    if (sameEnds(rawIdm, excluded)) return true;
    this.#excluded.delete(cookie);
    return false;
  }

  /** Opens a connection, unless it is excluded. */
  #open(
    cookie: bigint,
    rawIdm: Uint8Array,
    record: ArchivedRecord,
    scan: number,
    firstSeen: FirstSeen,
  ): Connection | undefined {
    const id = decodeSockId(rawIdm);
    const family = readFamily(rawIdm);
    if (this.#exclusions.excludes(id, family)) {
      this.#excluded.set(cookie, Uint8Array.from(rawIdm));
      return undefined;
    }
    const connection: Connection = {
      cookie,
      uuid: formatUuid(this.#uuidPrefix, cookie),
      ...this.#place,
      family,
      id,
      startTime: record.timestamp,
      firstSeen,
      traffic: this.#departed.take(cookie, rawIdm)?.traffic ?? noTraffic(),
      provenance: { scan, unchangedUntil: undefined, reason: ChangeReason.PreviousWasNil },
      last: record,
    };
    this.#connections.set(keyOf(cookie), connection);
    for (const observer of this.#observers) observer.opened(connection);
    return connection;
  }

  #change(connection: Connection, record: ArchivedRecord, { scan, seenScan, reason }: Circumstances): void {
    this.#note(connection, scan, seenScan, reason);
    connection.last = record;
    for (const observer of this.#observers) observer.changed(connection, reason);
  }

  /** Notes where the next record comes from, while `last` is the one before it. */
  #note({ provenance, last }: Connection, scan: number, seenScan: number, reason: ChangeReason): void {
    // A scan after the one that brought the last record, and that saw the socket, has seen it unchanged.
    const seenAt = seenScan > provenance.scan ? this.#scans.of(seenScan) : undefined;
    provenance.unchangedUntil = seenAt ?? last.timestamp;
    provenance.scan = scan;
    provenance.reason = reason;
  }
}

function noTraffic(): Traffic {
  return { sent: 0, received: 0, retransmitted: 0, notes: undefined };
}
