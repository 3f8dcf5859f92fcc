import { ChangeReason, type Connection, type ConnectionCache, readCookieKey } from '../../cache/index.js';
import { INET_DIAG_MSG_SIZE } from '../../inetdiag/index.js';
import { NLMSG_HDRLEN } from '../../netlink/index.js';
import { type ArchivedRecord, formatTimestamp, MessageBytes, type Netns } from '../../parse/index.js';
import type { MessageReader, PlaceReads, ReadPlace } from '../index.js';
import { isOlder } from './older.js';
import type { HeldMessage, WatchedConnection } from './watched-connection.js';
import { WatchedSet } from './watched-set.js';

/** Message of a read of a watched connection. */
export interface ReadMessage {
  /** Bytes of many messages; valid during the call. */
  readonly data: Uint8Array;
  readonly offset: number;
  readonly length: number;
  /** Time of receipt, nanoseconds since 1970. */
  readonly timeNs: bigint;
  /** Time of the read before; 0 without one. */
  readonly previousNs: bigint;
}

/** Calls of {@link CacheReads}. */
export interface CacheReadsCalls {
  /** Publishes what has been read by now. */
  readonly flush: () => void;
  /** Ends the reads of a connection that has ended. */
  readonly closed: (connection: Connection) => void;
}

/** Takes the reads of watched connections into the cache of their namespace, and holds back what scans say of them. */
export class CacheReads implements PlaceReads {
  readonly netns?: Netns;
  readonly #calls: CacheReadsCalls;
  readonly #cache: ConnectionCache;
  readonly #reader: MessageReader;
  readonly #watched = new WatchedSet();
  /** Number of the last scan. */
  #scan = 0;
  /** Bytes of the current batch. */
  #bytes: MessageBytes | undefined;

  constructor({ cache, netns, reader }: ReadPlace, calls: CacheReadsCalls) {
    this.#calls = calls;
    this.#cache = cache;
    this.#reader = reader;
    if (netns !== undefined) this.netns = netns;
  }

  get isEmpty(): boolean {
    return this.#watched.size === 0;
  }

  /** Begins to hold back what scans say of a connection. */
  watch(watched: WatchedConnection): void {
    this.#watched.add(watched);
  }

  /** Takes a read that differs from the one before. Returns whether it gave a record. */
  takeRead(watched: WatchedConnection, { data, offset, length, timeNs, previousNs }: ReadMessage): boolean {
    const { connection } = watched;
    if (!watched.takesRead(timeNs) || this.#cache.get(connection.cookie) !== connection) return false;
    const timestamp = formatTimestamp(timeNs);
    const read = { timeNs, unchangedUntil: previousNs === 0n ? undefined : formatTimestamp(previousNs) };
    try {
      const reason =
        this.#cache.renew(this.#bytesOf(data), offset, length, timestamp, this.#scan, read) ??
        this.#cache.update(this.#reader.read(data, offset, length, timestamp), this.#scan, read);
      watched.wasRead(timeNs);
      return reason !== ChangeReason.NoMajorChange;
    } catch (error) {
      this.#reader.discard(error);
      return false;
    }
  }

  holdsBack(data: Uint8Array, offset: number, length: number, scanStartNs: bigint, scanEndNs: bigint): boolean {
    const watched = this.#of(data, offset);
    if (watched === undefined) return false;
    return !watched.takesScan({ bytes: data.subarray(offset, offset + length), scanStartNs, scanEndNs });
  }

  scanned(scan: number, startNs: bigint): void {
    this.#scan = scan;
    if (!this.isEmpty) this.#watched.scanned(startNs, this.#takeHeld);
  }

  seenAtEnd(event: ArchivedRecord, seen: ArchivedRecord | undefined): ArchivedRecord | undefined {
    if (seen === undefined || event.rawIdm === undefined || this.isEmpty) return seen;
    const watched = this.#watched.get(readCookieKey(event.rawIdm, 0));
    if (watched === undefined) return seen;
    return watched.lastReadNs > 0n ? undefined : seen;
  }

  flush(): void {
    if (!this.isEmpty) this.#calls.flush();
  }

  endClosed(): void {
    for (const { connection, isWatched } of this.#watched) {
      if (isWatched && this.#cache.get(connection.cookie) !== connection) this.#calls.closed(connection);
    }
  }

  #bytesOf(data: Uint8Array): MessageBytes {
    if (this.#bytes?.bytes !== data) this.#bytes = new MessageBytes(data);
    return this.#bytes;
  }

  #of(data: Uint8Array, offset: number): WatchedConnection | undefined {
    // A message that is too short is no message of a watched connection; its reader reports it.
    return data.length < offset + NLMSG_HDRLEN + INET_DIAG_MSG_SIZE
      ? undefined
      : this.#watched.get(readCookieKey(data, offset + NLMSG_HDRLEN));
  }

  readonly #takeHeld = ({ bytes, scanStartNs, scanEndNs }: HeldMessage, watched: WatchedConnection): void => {
    const { connection } = watched;
    if (this.#cache.get(connection.cookie) !== connection) return;
    try {
      const record = this.#reader.read(bytes, 0, bytes.length, formatTimestamp(scanEndNs));
      // The scan and the last read were at the same time: only counters tell which was first.
      if (scanStartNs <= watched.lastReadNs && isOlder(record, connection.last)) return;
      this.#cache.update(record, this.#scan);
    } catch (error) {
      this.#reader.discard(error);
    }
  };
}
