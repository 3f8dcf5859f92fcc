import type { Connection, ConnectionObserver } from '../cache/index.js';
import { INET_DIAG_INFO } from '../inetdiag/index.js';
import type { Metrics } from '../metrics/index.js';
import { readBytesReceived, readBytesSent } from '../tcp/index.js';

interface Totals {
  sent: number;
  received: number;
}

/**
 * Measures how fast all connections together send and receive, once a second: the growth of `tcpi_bytes_sent` and
 * `tcpi_bytes_received` of each connection, in bits. What a connection had moved before the collector first looked does
 * not count. A counter that is missing or runs backwards adds nothing.
 */
export class RateMeter implements ConnectionObserver {
  readonly #reference: Metrics['reference'];
  readonly #totals = new Map<Connection, Totals>();
  #second: bigint | undefined;
  #baseline = true;
  #sentBytes = 0;
  #receivedBytes = 0;

  constructor(reference: Metrics['reference']) {
    this.#reference = reference;
  }

  opened(connection: Connection): void {
    const totals = this.#baseline ? readTotals(connection) : { sent: 0, received: 0 };
    this.#totals.set(connection, totals);
    this.changed(connection);
  }

  changed(connection: Connection): void {
    const last = this.#totals.get(connection);
    if (last === undefined) return;
    const now = readTotals(connection);
    this.#sentBytes += Math.max(0, now.sent - last.sent);
    this.#receivedBytes += Math.max(0, now.received - last.received);
    // A mini-socket carries no tcp_info: its connection keeps what it had.
    last.sent = Math.max(last.sent, now.sent);
    last.received = Math.max(last.received, now.received);
  }

  closed(connection: Connection): void {
    this.#totals.delete(connection);
  }

  /**
   * A scan is complete. Connections that are new from here on began while the collector watched.
   * @param endNs when the scan ended, nanoseconds since the epoch
   */
  scanned(endNs: bigint): void {
    this.#baseline = false;
    const second = endNs / 1_000_000_000n;
    if (this.#second === undefined || second < this.#second) {
      this.#second = second;
      return;
    }
    if (second === this.#second) return;
    const elapsed = Number(second - this.#second);
    this.#second = second;
    this.#reference.sendRate.observe((8 * this.#sentBytes) / elapsed);
    this.#reference.receiveRate.observe((8 * this.#receivedBytes) / elapsed);
    this.#sentBytes = 0;
    this.#receivedBytes = 0;
  }
}

function readTotals({ last }: Connection): Totals {
  const info = last.attributes?.[INET_DIAG_INFO];
  if (info === null || info === undefined) return { sent: 0, received: 0 };
  return { sent: Number(readBytesSent(info) ?? 0), received: Number(readBytesReceived(info) ?? 0) };
}
