import type { Connection } from '../cache/index.js';
import { INET_DIAG_INFO } from '../inetdiag/index.js';

/**
 * The last `tcp_info` of each living connection. The last record need not have one: what remains of a socket in
 * FIN_WAIT2 after its program closed it has none.
 */
export class LastInfo {
  readonly #byConnection = new Map<Connection, Uint8Array>();

  /** To be called for every record of a connection. */
  note(connection: Connection): void {
    const info = connection.last.attributes?.[INET_DIAG_INFO];
    if (info !== undefined && info !== null) this.#byConnection.set(connection, info);
  }

  /** What was last noted of a connection that ends, which is forgotten with it. */
  take(connection: Connection): Uint8Array | undefined {
    this.note(connection);
    const info = this.#byConnection.get(connection);
    this.#byConnection.delete(connection);
    return info;
  }
}
