import type { Connection } from '../../cache/index.js';
import { INET_DIAG_INFO } from '../../inetdiag/index.js';

/**
 * Last `tcp_info` of each living connection. The last record may lack it: a socket in FIN_WAIT2 has no `tcp_info` after
 * its program has closed it.
 */
export class LastInfo {
  readonly #byConnection = new Map<Connection, Uint8Array>();

  /** Notes a record of a connection. Must be called for every record. */
  note(connection: Connection): void {
    const info = connection.last.attributes?.[INET_DIAG_INFO];
    if (info !== undefined && info !== null) this.#byConnection.set(connection, info);
  }

  /** Removes and returns the last `tcp_info` of a connection that ends. */
  take(connection: Connection): Uint8Array | undefined {
    this.note(connection);
    const info = this.#byConnection.get(connection);
    this.#byConnection.delete(connection);
    return info;
  }
}
