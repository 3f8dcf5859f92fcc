import type { InetDiagSockId } from '../inetdiag/index.js';
import type { ArchivedRecord, Netns } from '../parse/index.js';
import type { ChangeReason } from './change.js';

/** How a connection was first seen: alive, by a scan, or only when the kernel told of its end. */
export type FirstSeen = 'scan' | 'event';

/** What ended a connection. */
export type EndCause =
  /** The kernel told of the socket's end: the last record holds the final counters. */
  | 'event'
  /** It was absent from complete scans, and the kernel has not told (yet) of its end. */
  | 'vanished'
  /**
   * The kernel told of the socket's end, but the socket had been disconnected by then and its counters were gone: reset by
   * its own end, refused, or never accepted. The counters of the last record are those of the last scan.
   */
  | 'disconnected'
  /** Its socket was disconnected and connected elsewhere under the same cookie. */
  | 'reconnected'
  /** The collector goes; the connection may live on. */
  | 'shutdown';

/** The end of a connection. */
export interface ConnectionEnd {
  /** When it was noticed, RFC 3339 UTC. */
  readonly timestamp: string;
  readonly cause: EndCause;
  /** Of an `event` or `disconnected`: the record before the last one, of a scan, published or not; absent when no scan saw the connection. */
  readonly before?: ArchivedRecord;
}

/** Where a record comes from: kept for those who ask how it was made. */
export interface Provenance {
  /** Number of the scan that brought it, or of the last scan before the event that did; the first is 1. */
  scan: number;
  /**
   * When the connection was last seen as the record before says, RFC 3339 UTC: the end of the last complete scan before
   * this record. Undefined for a first record.
   */
  unchangedUntil: string | undefined;
  /** Why it was published. */
  reason: ChangeReason;
}

/** What has been counted of a connection: the last values of its counters, in bytes. */
export interface Traffic {
  /** `tcpi_bytes_sent`: payload, retransmissions included. */
  sent: number;
  /** `tcpi_bytes_received`: payload, and one for the peer's FIN. */
  received: number;
  /** `tcpi_bytes_retrans`. */
  retransmitted: number;
  /** What another observer has to remember, whatever that is. */
  notes?: unknown;
}

/** A living connection, from its first sight to its end. */
export interface Connection {
  /**
   * The kernel's socket cookie, unsigned 64 bits; unique for as long as the machine is up, before Linux 5.3 only in its
   * network namespace.
   */
  readonly cookie: bigint;
  /** `<prefix>_<cookie as 16 upper-case hexadecimal digits>`. */
  readonly uuid: string;
  /** Where it was found; absent when that is the collector's own network namespace. */
  readonly netns?: Netns;
  /** AF_INET (2) or AF_INET6 (10), `idiag_family`. */
  readonly family: number;
  /** Ends, interface and cookie, as first seen. */
  readonly id: InetDiagSockId;
  /** When it was first seen: the first record's timestamp, RFC 3339 UTC. */
  readonly startTime: string;
  readonly firstSeen: FirstSeen;
  /** Kept by whoever measures traffic; the cache hands it on when a connection comes back. */
  readonly traffic: Traffic;
  /** Of `last`. */
  readonly provenance: Provenance;
  /** Its newest record that was published. Its bytes may be overwritten by the next one's: who keeps them copies them. */
  last: ArchivedRecord;
}

/** Who wants to hear of connections. Calls are synchronous, in order, and must not throw. */
export interface ConnectionObserver {
  /** First sight. `connection.last` is the first record; no `changed` is published for it. */
  opened(connection: Connection): void;
  /** A new record, in `connection.last`, that differs from the one before. */
  changed(connection: Connection, reason: ChangeReason): void;
  /** The end; nothing more is published of this connection. `connection.last` is its last record. */
  closed(connection: Connection, end: ConnectionEnd): void;
  /**
   * The kernel told of the end of a connection that was closed before, having vanished. `last` is its final record, which
   * is not archived any more; undefined when its socket was disconnected, and its counters are gone. `traffic` is what had
   * been counted of it.
   */
  late?(traffic: Traffic, last: ArchivedRecord | undefined): void;
}
