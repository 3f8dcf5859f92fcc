import type { InetDiagSockId } from '../inetdiag/index.js';
import type { ArchivedRecord, Netns } from '../parse/index.js';
import type { ChangeReason } from './change.js';
import type { SlotValues } from './state-slots.js';

/** First sight of a connection: by a scan, or only by its destroy event. */
export type FirstSeen = 'scan' | 'event';

/** Causes of a connection's end. */
export const END_CAUSES = [
  /** The kernel sent the socket's destroy event: the last record has the final counters. */
  'event',
  /** The socket was missing from complete scans, and there is no destroy event (yet). */
  'vanished',
  /**
   * The kernel sent the destroy event of a socket that was already disconnected, so its counters were lost: reset by
   * its own side, refused, or never accepted. The last record has the counters of the last scan.
   */
  'disconnected',
  /** The socket was disconnected, and connected elsewhere with the same cookie. */
  'reconnected',
  /** The collector stops; the connection may continue. */
  'shutdown',
] as const;
/** One of {@link END_CAUSES}. */
export type EndCause = (typeof END_CAUSES)[number];

/** End of a connection. */
export interface ConnectionEnd {
  /** Time when the end was noticed, RFC 3339 UTC. */
  readonly timestamp: string;
  readonly cause: EndCause;
  /** For `event` and `disconnected`: the last scan's record, published or not; absent if no scan saw the connection. */
  readonly before?: ArchivedRecord;
}

/** Origin of a record. */
export interface Provenance {
  /** Number of the scan with the record, or of the last scan before the event with the record; the first scan is 1. */
  scan: number;
  /**
   * Time when the previous record was last seen to be valid, RFC 3339 UTC: the end of the last complete scan before
   * this record. Undefined for a first record.
   */
  unchangedUntil: string | undefined;
  /** Reason of publication. */
  reason: ChangeReason;
  /** True if a read of a watch made the record, and not a scan or an event. */
  isWatched?: boolean;
  /** Time of that read, nanoseconds since 1970 (rounded to 256); else 0. */
  readNs?: number;
}

/** Open connection, from its first sight to its end. */
export interface Connection {
  /**
   * The kernel's socket cookie, unsigned 64 bits; unique until reboot, but before Linux 5.3 only in its network
   * namespace.
   */
  readonly cookie: bigint;
  /** `<prefix>_<cookie as 16 upper-case hexadecimal digits>`. */
  readonly uuid: string;
  /** Network namespace of the connection; absent for the collector's own. */
  readonly netns?: Netns;
  /** AF_INET (2) or AF_INET6 (10), `idiag_family`. */
  readonly family: number;
  /** Addresses, ports, interface and cookie, as first seen. */
  readonly id: InetDiagSockId;
  /** Time when the connection was first seen: the first record's timestamp, RFC 3339 UTC. */
  readonly startTime: string;
  readonly firstSeen: FirstSeen;
  /** States of observers. A vanished connection that is seen again still has them. */
  readonly slots: SlotValues;
  /** Origin of `last`. */
  readonly provenance: Provenance;
  /** Newest published record. The next one may overwrite its bytes: copy them to keep them. */
  last: ArchivedRecord;
}

/**
 * Observer of connections. Has only the methods that it needs: the others are never called. Calls are synchronous and
 * in order, and must not throw.
 */
export interface ConnectionObserver {
  /** Handles a new connection. `connection.last` is its first record; `changed` is not called for it. */
  opened?(connection: Connection): void;
  /** Handles a new record, `connection.last`, that differs from the previous one. */
  changed?(connection: Connection, reason: ChangeReason): void;
  /** Handles the end of a connection. `connection.last` is its last record; no further record is published. */
  closed?(connection: Connection, end: ConnectionEnd): void;
  /**
   * Handles the destroy event of a connection that was already closed as vanished. `slots` has the states of its
   * observers. `last` is its final record, which is not archived; undefined when the socket was disconnected, so its
   * counters are lost.
   */
  lateEvent?(slots: SlotValues, last: ArchivedRecord | undefined): void;
}
