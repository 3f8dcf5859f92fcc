import type { Connection, ConnectionCache } from '../cache/index.js';
import type { ArchivedRecord, Netns } from '../parse/index.js';
import type { MessageReader } from './message-reader.js';

/** Place whose connections can be watched: the batches of one network namespace, and their cache. */
export interface ReadPlace {
  readonly cache: ConnectionCache;
  /** Network namespace; absent: the collector's own. */
  readonly netns?: Netns;
  readonly reader: MessageReader;
}

/** Reads of watched connections of one place, as its batches have to respect them. */
export interface PlaceReads {
  /** True while no connection of the place is, or lately was, watched. */
  readonly isEmpty: boolean;
  /** Returns whether a message of a scan has to be skipped. Times are nanoseconds since 1970. */
  holdsBack(data: Uint8Array, offset: number, length: number, scanStartNs: bigint, scanEndNs: bigint): boolean;
  /** Notes a complete scan, after its messages. */
  scanned(scan: number, startNs: bigint): void;
  /**
   * Returns the record of the last scan for the end of a socket, or undefined if reads have a newer one, which the cache
   * has.
   */
  seenAtEnd(event: ArchivedRecord, seen: ArchivedRecord | undefined): ArchivedRecord | undefined;
  /** Publishes what has been read by now. To be called before an end is processed, which is later. */
  flush(): void;
  /** Ends the reads of connections that have ended. */
  endClosed(): void;
}

/** Reads of watched connections, as collectors call them: `WatchReads` of `collector/watches/`. */
export interface ConnectionReads {
  /** Returns the reads of a place. */
  of(place: ReadPlace): PlaceReads;
  /**
   * Begins to read a connection, or changes the interval.
   * @param cache cache of its place, for which {@link of} was called
   * @param namespace open file of the network namespace; absent: the collector's own
   * @throws an Error with code `ERR_THREAD`, `ERR_SOCKET` or `ERR_NAMESPACE` of the addon
   */
  watch(connection: Connection, intervalNs: number, cache: ConnectionCache, namespace?: number): void;
  /** Forgets a network namespace, whose connections have ended. */
  left(netns: Netns): void;
  /** Ends all reads and the thread, after what was read is published. */
  close(): Promise<void>;
}
