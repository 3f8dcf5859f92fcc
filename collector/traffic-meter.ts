import type { Connection, ConnectionEnd, ConnectionObserver, Traffic } from '../cache/index.js';
import { INET_DIAG_INFO } from '../inetdiag/index.js';
import type { Metrics } from '../metrics/index.js';
import type { ArchivedRecord, Netns } from '../parse/index.js';
import { readBytesReceived, readBytesRetrans, readBytesSent } from '../tcp/index.js';

/** Seconds that are made up for at most: a suspended machine wakes after days. */
const MAX_SECONDS = 3600;

/**
 * Counts connections and what they move: the growth of each one's `tcpi_bytes_sent`, `tcpi_bytes_received` and
 * `tcpi_bytes_retrans`, up to the final values in its destroy event. What a connection had moved before the collector
 * first looked into its network namespace does not count. A counter that is missing or runs backwards adds nothing.
 *
 * Once a second it observes how fast all connections together were, in bits.
 */
export class TrafficMeter implements ConnectionObserver {
  readonly #reference: Metrics['reference'];
  readonly #metrics: Metrics['traffic'];
  #second: bigint | undefined;
  /** Namespaces of which a scan was complete; undefined is the collector's own. */
  readonly #watched = new Set<Netns | undefined>();
  #sentBytes = 0;
  #receivedBytes = 0;

  constructor({ reference, traffic }: Pick<Metrics, 'reference' | 'traffic'>) {
    this.#reference = reference;
    this.#metrics = traffic;
  }

  /** Whether a connection that is new in a network namespace, the collector's own by default, began under watch. */
  isWatching(netns?: Netns): boolean {
    return this.#watched.has(netns);
  }

  opened({ firstSeen, netns, traffic, last }: Connection): void {
    this.#metrics.opened.inc(firstSeen);
    if (!this.isWatching(netns)) takeOver(traffic, last);
    else this.#count(traffic, last);
  }

  changed({ traffic, last }: Connection): void {
    this.#count(traffic, last);
  }

  closed(_connection: Connection, { cause }: ConnectionEnd): void {
    this.#metrics.closed.inc(cause);
  }

  late(traffic: Traffic, last: ArchivedRecord | undefined): void {
    if (last !== undefined) this.#count(traffic, last);
  }

  /**
   * A scan is complete. Connections that are new from here on began while the collector watched.
   * @param endNs when the scan ended, nanoseconds since the epoch
   * @param netns where, when that was not in the collector's own namespace, whose beat alone tells the seconds
   */
  scanned(endNs: bigint, netns?: Netns): void {
    this.#watched.add(netns);
    if (netns !== undefined) return;
    const second = endNs / 1_000_000_000n;
    if (this.#second === undefined || second < this.#second) {
      this.#second = second;
      return;
    }
    if (second === this.#second) return;
    const elapsed = Number(second - this.#second);
    this.#second = second;
    // One for each second, however long there was no scan: so the sum is what was moved.
    this.#observe(elapsed, Math.min(elapsed, MAX_SECONDS));
  }

  /** A namespace is not looked into any more. */
  left(netns: Netns): void {
    this.#watched.delete(netns);
  }

  /** The collector goes: what was moved since the last full second counts as moved in one. */
  finish(): void {
    this.#observe(1, 1);
  }

  #observe(seconds: number, times: number): void {
    for (let i = 0; i < times; i++) {
      this.#reference.sendRate.observe((8 * this.#sentBytes) / seconds);
      this.#reference.receiveRate.observe((8 * this.#receivedBytes) / seconds);
    }
    this.#sentBytes = 0;
    this.#receivedBytes = 0;
  }

  #count(traffic: Traffic, { attributes }: ArchivedRecord): void {
    const info = attributes?.[INET_DIAG_INFO];
    // A mini-socket carries no tcp_info: its connection keeps what it had.
    if (info === null || info === undefined) return;
    const sent = growth(traffic.sent, readBytesSent(info));
    const received = growth(traffic.received, readBytesReceived(info));
    const retransmitted = growth(traffic.retransmitted, readBytesRetrans(info));
    traffic.sent += sent;
    traffic.received += received;
    traffic.retransmitted += retransmitted;
    this.#sentBytes += sent;
    this.#receivedBytes += received;
    if (sent > 0) this.#metrics.sentBytes.inc(sent);
    if (received > 0) this.#metrics.receivedBytes.inc(received);
    if (retransmitted > 0) this.#metrics.retransmittedBytes.inc(retransmitted);
  }
}

function growth(before: number, now: number | undefined): number {
  return now === undefined ? 0 : Math.max(0, now - before);
}

/** Takes what a connection had moved before the first look as its beginning. */
function takeOver(traffic: Traffic, { attributes }: ArchivedRecord): void {
  const info = attributes?.[INET_DIAG_INFO];
  if (info === null || info === undefined) return;
  traffic.sent = readBytesSent(info) ?? 0;
  traffic.received = readBytesReceived(info) ?? 0;
  traffic.retransmitted = readBytesRetrans(info) ?? 0;
}
