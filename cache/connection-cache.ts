import { decodeSockId, readCookie, readFamily } from '../inetdiag/index.js';
import type { ArchivedRecord } from '../parse/index.js';
import { ChangeReason, compareRecords } from './change.js';
import type { Connection, ConnectionObserver } from './connection.js';
import { sameEnds } from './ends.js';
import type { Exclusions } from './exclusions.js';
import { formatUuid } from './uuid.js';

export interface ConnectionCacheOptions {
  /** Stands before the cookie in every UUID. */
  readonly uuidPrefix: string;
  readonly exclusions: Exclusions;
  /** Told of every connection, in this order. */
  readonly observers: readonly ConnectionObserver[];
}

/**
 * The living connections by cookie: it decides what is new, what changed and why, and what ended, and tells its
 * observers. Pure: it knows neither time nor kernel.
 */
export class ConnectionCache {
  readonly #uuidPrefix: string;
  readonly #exclusions: Exclusions;
  readonly #observers: readonly ConnectionObserver[];
  readonly #connections = new Map<bigint, Connection>();
  /** Living sockets that are left out, with the `inet_diag_msg` for which that was decided. */
  readonly #excluded = new Map<bigint, Uint8Array>();

  constructor({ uuidPrefix, exclusions, observers }: ConnectionCacheOptions) {
    this.#uuidPrefix = uuidPrefix;
    this.#exclusions = exclusions;
    this.#observers = observers;
  }

  /** Living connections, without the excluded. */
  get size(): number {
    return this.#connections.size;
  }

  /** Living sockets that are left out. */
  get excludedSize(): number {
    return this.#excluded.size;
  }

  /** The living connections, oldest first. */
  connections(): IterableIterator<Connection> {
    return this.#connections.values();
  }

  /**
   * Takes the newest record of a socket: publishes it as `opened` or `changed`, unless it is excluded or nothing that
   * counts is different. A socket can be disconnected and connected elsewhere (`connect` with AF_UNSPEC) under the same
   * cookie: that ends one connection and opens another.
   * @returns why it was published; NoMajorChange when it was not
   * @throws DecodeError when the record holds no whole `inet_diag_msg`
   */
  update(record: ArchivedRecord): ChangeReason {
    const rawIdm = record.rawIdm ?? new Uint8Array();
    const cookie = readCookie(rawIdm);
    const known = this.#connections.get(cookie);
    if (known !== undefined) {
      if (sameEnds(rawIdm, known.last.rawIdm ?? rawIdm)) return this.#change(known, record);
      this.end(cookie, record.timestamp);
    }
    const excluded = this.#excluded.get(cookie);
    if (excluded !== undefined) {
      if (sameEnds(rawIdm, excluded)) return ChangeReason.NoMajorChange;
      this.#excluded.delete(cookie);
    }
    return this.#open(cookie, rawIdm, record);
  }

  /** The socket is gone. Nothing happens when it is not known. `timestamp` is RFC 3339 UTC. */
  end(cookie: bigint, timestamp: string): void {
    if (this.#excluded.delete(cookie)) return;
    const connection = this.#connections.get(cookie);
    if (connection === undefined) return;
    this.#connections.delete(cookie);
    for (const observer of this.#observers) observer.closed(connection, timestamp);
  }

  /** Ends every connection: the collector goes. */
  endAll(timestamp: string): void {
    for (const cookie of [...this.#connections.keys()]) this.end(cookie, timestamp);
    this.#excluded.clear();
  }

  #open(cookie: bigint, rawIdm: Uint8Array, record: ArchivedRecord): ChangeReason {
    const id = decodeSockId(rawIdm);
    const family = readFamily(rawIdm);
    if (this.#exclusions.excludes(id, family)) {
      this.#excluded.set(cookie, Uint8Array.from(rawIdm));
      return ChangeReason.NoMajorChange;
    }
    const uuid = formatUuid(this.#uuidPrefix, cookie);
    const connection: Connection = { cookie, uuid, family, id, startTime: record.timestamp, last: record };
    this.#connections.set(cookie, connection);
    for (const observer of this.#observers) observer.opened(connection);
    return ChangeReason.PreviousWasNil;
  }

  #change(connection: Connection, record: ArchivedRecord): ChangeReason {
    const reason = compareRecords(connection.last, record);
    if (reason === ChangeReason.NoMajorChange) return reason;
    connection.last = record;
    for (const observer of this.#observers) observer.changed(connection, reason);
    return reason;
  }
}
