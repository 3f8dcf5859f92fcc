import { decodeSockId, readCookie, readFamily } from '../inetdiag/index.js';
import { NLMSG_HDRLEN } from '../netlink/index.js';
import { type ArchivedRecord, type MessageBytes, NetlinkRecord, type Netns } from '../parse/index.js';
import { ChangeReason, compareMessage, compareRecords } from './change.js';
import type { Connection, ConnectionEnd, ConnectionObserver, EndCause, FirstSeen } from './connection.js';
import { type CookieKey, keyOf, readCookieKey } from './cookie-key.js';
import { disconnectedRecord, hadOpened, hadPeer, isDisconnected, isTorn } from './disconnected.js';
import { hasKeptEndpoints, haveSameEndpoints } from './endpoints.js';
import type { EventOutcome } from './event-outcome.js';
import type { Exclusions } from './exclusions.js';
import { finalRecord } from './final-record.js';
import { RecentlyClosedConnections } from './recently-closed.js';
import { ScanTimes } from './scan-times.js';
import { StateSlots } from './state-slots.js';
import { formatUuid } from './uuid.js';

/** Options of {@link ConnectionCache}. */
export interface ConnectionCacheOptions {
  /** Text before the cookie in every UUID. */
  readonly uuidPrefix: string;
  /** Network namespace of the connections; absent for the collector's own. */
  readonly netns?: Netns;
  readonly exclusions: Exclusions;
  /** Observers of every connection, called in this order. */
  readonly observers: readonly ConnectionObserver[];
  /** Slots of the observers' states (default: none). */
  readonly slots?: StateSlots;
  /** Maximum number of vanished connections to remember until their destroy event (default 65,536: about 30 MB). */
  readonly maxRecentlyClosed?: number;
}

const MAX_CLOSED = 65_536;
/** Number of scans whose times are kept; more than the wait for a vanished socket's destroy event. */
const SCANS_KEPT = 4096;

/** Read of a watch with a record: one socket was asked for, beside the scans. */
export interface WatchedRead {
  /** Time of receipt, nanoseconds since 1970. */
  readonly timeNs: bigint;
  /** Time of the last read before, which found the same as the previous record, RFC 3339 UTC; absent without one. */
  readonly unchangedUntil: string | undefined;
}

/** Origin of a record. */
interface Circumstances {
  /** Number of the scan with this record, or of the last scan before the event with this record. */
  readonly scan: number;
  /** Number of the last earlier scan that saw the socket. */
  readonly seenScan: number;
  readonly reason: ChangeReason;
  /** Absent for a record of a scan or an event. */
  readonly read?: WatchedRead | undefined;
}

/**
 * Open connections of one network namespace, by cookie. Decides which are new, changed (and why) or closed, and
 * notifies observers. Does no I/O and does not read a clock.
 */
export class ConnectionCache {
  readonly #uuidPrefix: string;
  readonly #place: { readonly netns?: Netns };
  readonly #exclusions: Exclusions;
  readonly #slots: StateSlots;
  /** Observers by the calls that they need. */
  #onOpened: Needing<'opened'>;
  #onChanged: Needing<'changed'>;
  #onClosed: Needing<'closed'>;
  #onLateEvent: Needing<'lateEvent'>;
  readonly #connections = new Map<CookieKey, Connection>();
  /** Open sockets that are excluded, with the `inet_diag_msg` for which this was decided. */
  readonly #excluded = new Map<bigint, Uint8Array>();
  readonly #recentlyClosed: RecentlyClosedConnections;
  readonly #scans = new ScanTimes(SCANS_KEPT);

  constructor(options: ConnectionCacheOptions) {
    const { uuidPrefix, netns, exclusions, observers } = options;
    this.#uuidPrefix = uuidPrefix;
    this.#place = netns === undefined ? {} : { netns };
    this.#exclusions = exclusions;
    this.#slots = options.slots ?? new StateSlots();
    this.#onOpened = needing(observers, 'opened');
    this.#onChanged = needing(observers, 'changed');
    this.#onClosed = needing(observers, 'closed');
    this.#onLateEvent = needing(observers, 'lateEvent');
    this.#recentlyClosed = new RecentlyClosedConnections(options.maxRecentlyClosed ?? MAX_CLOSED);
  }

  /** Replaces the observers, from the next call on. */
  setObservers(observers: readonly ConnectionObserver[]): void {
    this.#onOpened = needing(observers, 'opened');
    this.#onChanged = needing(observers, 'changed');
    this.#onClosed = needing(observers, 'closed');
    this.#onLateEvent = needing(observers, 'lateEvent');
  }

  /** Number of open connections, without excluded ones. */
  get size(): number {
    return this.#connections.size;
  }

  /** Number of open sockets that are excluded. */
  get excludedSize(): number {
    return this.#excluded.size;
  }

  /** Number of vanished connections without a destroy event. */
  get recentlyClosedSize(): number {
    return this.#recentlyClosed.size;
  }

  /** Returns the open connection of a cookie; undefined for an unknown or excluded one. */
  get(cookie: bigint): Connection | undefined {
    return this.#connections.get(keyOf(cookie));
  }

  /** Returns whether the connection of a cookie is open, and not excluded. */
  has(cookie: bigint): boolean {
    return this.#connections.has(keyOf(cookie));
  }

  /** Iterates over open connections, oldest first. */
  connections(): IterableIterator<Connection> {
    return this.#connections.values();
  }

  /** Stops remembering vanished connections, because no destroy events will come. */
  expectNoEvents(): void {
    this.#recentlyClosed.limit = 0;
  }

  /** Notes a complete scan: open connections that it did not update are unchanged. `timestamp` is RFC 3339 UTC. */
  scanned(scan: number, timestamp: string): void {
    this.#scans.add(scan, timestamp);
  }

  /**
   * Takes the newest record of a socket: publishes it as `opened` or `changed`, unless it is excluded or has no
   * relevant change. A socket can be disconnected (`connect` with AF_UNSPEC) and connected elsewhere with the same
   * cookie: this ends one connection and opens another.
   * @param scan number of the scan with this record
   * @param read read of a watch with this record; absent for one of a scan
   * @returns the reason of publication; NoMajorChange when it was not published
   * @throws DecodeError when the record has no complete `inet_diag_msg`
   */
  update(record: ArchivedRecord, scan = 0, read?: WatchedRead): ChangeReason {
    const rawIdm = record.rawIdm ?? new Uint8Array();
    const cookie = readCookie(rawIdm);
    const known = this.#known(cookie, rawIdm, record.timestamp);
    if (known !== undefined) {
      const reason = compareRecords(known.last, record);
      if (reason !== ChangeReason.NoMajorChange)
        this.#change(known, record, { scan, seenScan: this.#scans.last, reason, read });
      return reason;
    }
    if (this.#isExcluded(cookie, rawIdm)) return ChangeReason.NoMajorChange;
    return this.#open(cookie, rawIdm, record, scan, 'scan') === undefined
      ? ChangeReason.NoMajorChange
      : ChangeReason.PreviousWasNil;
  }

  /**
   * Takes the newest message of a socket as {@link update} does, but in place: if the last record of an open connection
   * has the same layout, the message's bytes overwrite that record.
   * @param at offset of the message in `data`, at its `nlmsghdr`
   * @param timestamp time of receipt, RFC 3339 UTC
   * @param read read of a watch with this message; absent for one of a scan
   * @returns undefined when nothing was done: the caller must parse the message and call `update`
   * @throws DecodeError when it has no complete `inet_diag_msg`
   */
  renew(
    data: MessageBytes,
    at: number,
    length: number,
    timestamp: string,
    scan = 0,
    read?: WatchedRead,
  ): ChangeReason | undefined {
    const connection = this.#connections.get(readCookieKey(data.bytes, at + NLMSG_HDRLEN));
    if (connection === undefined) return undefined;
    const { last } = connection;
    if (!(last instanceof NetlinkRecord) || !last.fits(data, at, length)) return undefined;
    const reason = compareMessage(last, data, at);
    if (reason === ChangeReason.NoMajorChange) return reason;
    this.#note(connection, scan, this.#scans.last, reason, read);
    last.renew(data, at, timestamp);
    for (const observer of this.#onChanged) observer.changed(connection, reason);
    return reason;
  }

  /**
   * Takes the destroy event of a socket. The event, completed with data of the last scan, becomes the connection's last
   * record, and the connection is closed; a connection that no scan has seen is opened first.
   * @param seen newest record of the socket, published or not; by default the last published one
   * @param scan number of the last scan
   * @param seenScan number of the last scan that saw the socket
   * @throws DecodeError when the event has no complete `inet_diag_msg`
   */
  finish(event: ArchivedRecord, seen: ArchivedRecord | undefined, scan = 0, seenScan = scan): EventOutcome {
    const rawIdm = event.rawIdm ?? new Uint8Array();
    const cookie = readCookie(rawIdm);
    const { timestamp } = event;
    if (isDisconnected(rawIdm)) return this.#finishDisconnected(event, seen, scan, seenScan);
    const known = this.#known(cookie, rawIdm, timestamp);
    if (known !== undefined) {
      // If the socket has been connected elsewhere since, the last scan's record is not of this connection.
      const before = seen?.rawIdm !== undefined && haveSameEndpoints(rawIdm, seen.rawIdm) ? seen : known.last;
      const reason = ChangeReason.IDiagStateChange;
      this.#change(known, finalRecord(event, before), { scan, seenScan, reason });
      this.end(cookie, { timestamp, cause: 'event', before });
      return 'closed';
    }
    if (this.#isExcluded(cookie, rawIdm)) {
      this.#excluded.delete(cookie);
      return 'excluded';
    }
    const closed = this.#recentlyClosed.take(cookie, rawIdm);
    if (closed !== undefined) {
      for (const observer of this.#onLateEvent) observer.lateEvent(closed.slots, event);
      return 'late';
    }
    // The connection is known to be closed, but its counters are forgotten.
    if (this.#recentlyClosed.wasForgotten(cookie)) return 'late';
    if (this.#open(cookie, rawIdm, event, scan, 'event') === undefined) {
      this.#excluded.delete(cookie);
      return 'excluded';
    }
    this.end(cookie, { timestamp, cause: 'event' });
    return 'unseen';
  }

  /** Takes the destroy event of a socket without a peer: it was disconnected, or never connected. */
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
    if (known !== undefined && published !== undefined && hasKeptEndpoints(rawIdm, published)) {
      const isOfIt = seen?.rawIdm !== undefined && haveSameEndpoints(published, seen.rawIdm) && !isTorn(seen);
      const before = isOfIt ? seen : known.last;
      const reason = ChangeReason.IDiagStateChange;
      this.#change(known, disconnectedRecord(event, before), { scan, seenScan, reason });
      this.end(cookie, { timestamp, cause: 'disconnected', before });
      return 'closed';
    }
    // The socket was connected elsewhere after the last scan, and disconnected there.
    if (known !== undefined) this.end(cookie, { timestamp, cause: 'reconnected' });
    if (this.#excluded.delete(cookie)) return 'excluded';
    // This is the awaited destroy event of a connection that vanished.
    const closed = this.#recentlyClosed.takeAny(cookie);
    if (closed !== undefined) {
      for (const observer of this.#onLateEvent) observer.lateEvent(closed.slots, undefined);
      return 'late';
    }
    if (this.#recentlyClosed.wasForgotten(cookie)) return 'late';
    if (!hadPeer(rawIdm)) return 'unconnected';
    if (this.#exclusions.excludesDisconnected(decodeSockId(rawIdm), readFamily(rawIdm))) return 'excluded';
    return hadOpened(event) ? 'unrecorded_reset' : 'unrecorded_failed';
  }

  /** Closes the connection of a socket, if it is known. */
  end(cookie: bigint, end: ConnectionEnd): void {
    if (this.#excluded.delete(cookie)) return;
    const connection = this.#connections.get(keyOf(cookie));
    if (connection === undefined) return;
    this.#connections.delete(keyOf(cookie));
    if (end.cause === 'vanished' && connection.last.rawIdm !== undefined) {
      this.#recentlyClosed.add(cookie, connection.last.rawIdm, connection.slots);
    }
    for (const observer of this.#onClosed) observer.closed(connection, end);
  }

  /** Closes every connection, by default because the collector stops. `timestamp` is RFC 3339 UTC. */
  endAll(timestamp: string, cause: EndCause = 'shutdown'): void {
    for (const { cookie } of [...this.#connections.values()]) this.end(cookie, { timestamp, cause });
    this.#excluded.clear();
  }

  /** Returns the connection of a cookie. Closes it instead if the message has other addresses or ports. */
  #known(cookie: bigint, rawIdm: Uint8Array, timestamp: string): Connection | undefined {
    const known = this.#connections.get(keyOf(cookie));
    if (known === undefined || haveSameEndpoints(rawIdm, known.last.rawIdm ?? rawIdm)) return known;
    this.end(cookie, { timestamp, cause: 'reconnected' });
    return undefined;
  }

  /** Returns whether the socket is already known as excluded, with these addresses and ports. */
  #isExcluded(cookie: bigint, rawIdm: Uint8Array): boolean {
    const excluded = this.#excluded.get(cookie);
    if (excluded === undefined) return false;
    if (haveSameEndpoints(rawIdm, excluded)) return true;
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
      slots: this.#recentlyClosed.take(cookie, rawIdm)?.slots ?? this.#slots.emptyValues(),
      provenance: { scan, unchangedUntil: undefined, reason: ChangeReason.PreviousWasNil, isWatched: false, readNs: 0 },
      last: record,
    };
    this.#connections.set(keyOf(cookie), connection);
    for (const observer of this.#onOpened) observer.opened(connection);
    return connection;
  }

  #change(connection: Connection, record: ArchivedRecord, { scan, seenScan, reason, read }: Circumstances): void {
    this.#note(connection, scan, seenScan, reason, read);
    connection.last = record;
    for (const observer of this.#onChanged) observer.changed(connection, reason);
  }

  /** Notes the origin of the next record. `last` must still be the previous record. */
  // Not one object: this is called for each record, and would make one.
  #note(
    { provenance, last }: Connection,
    scan: number,
    seenScan: number,
    reason: ChangeReason,
    read: WatchedRead | undefined,
  ): void {
    // If a scan after the last record saw the socket, the socket was unchanged then.
    // Not after a read of a watch: such a scan may be older than that.
    const wasSeen = seenScan > provenance.scan && provenance.isWatched !== true;
    const seenAt = read === undefined ? (wasSeen ? this.#scans.of(seenScan) : undefined) : read.unchangedUntil;
    provenance.unchangedUntil = seenAt ?? last.timestamp;
    provenance.isWatched = read !== undefined;
    provenance.readNs = read === undefined ? 0 : Number(read.timeNs);
    provenance.scan = scan;
    provenance.reason = reason;
  }
}

/** Observers that have a method. */
type Needing<Call extends keyof ConnectionObserver> = readonly (ConnectionObserver &
  Required<Pick<ConnectionObserver, Call>>)[];

/** Returns the observers that have a method, in the same order. */
function needing<Call extends keyof ConnectionObserver>(
  observers: readonly ConnectionObserver[],
  call: Call,
): Needing<Call> {
  return observers.filter((observer): observer is Needing<Call>[number] => observer[call] !== undefined);
}
