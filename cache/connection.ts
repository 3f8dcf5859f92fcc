import type { InetDiagSockId } from '../inetdiag/index.js';
import type { ArchivedRecord } from '../parse/index.js';
import type { ChangeReason } from './change.js';

/** A living connection, from its first sight to its end. */
export interface Connection {
  /** The kernel's socket cookie, unique for as long as the machine is up; unsigned 64 bits. */
  readonly cookie: bigint;
  /** `<prefix>_<cookie as 16 upper-case hexadecimal digits>`. */
  readonly uuid: string;
  /** AF_INET (2) or AF_INET6 (10), `idiag_family`. */
  readonly family: number;
  /** Ends, interface and cookie, as first seen. */
  readonly id: InetDiagSockId;
  /** When it was first seen: the first record's timestamp, RFC 3339 UTC. */
  readonly startTime: string;
  /** Its newest record that was published. */
  last: ArchivedRecord;
}

/** Who wants to hear of connections. Calls are synchronous, in order, and must not throw. */
export interface ConnectionObserver {
  /** First sight. `connection.last` is the first record; no `changed` is published for it. */
  opened(connection: Connection): void;
  /** A new record, in `connection.last`, that differs from the one before. */
  changed(connection: Connection, reason: ChangeReason): void;
  /** The end; nothing more is published of this connection. `timestamp` is RFC 3339 UTC. */
  closed(connection: Connection, timestamp: string): void;
}
