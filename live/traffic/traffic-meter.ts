import type {
  Connection,
  ConnectionEnd,
  ConnectionObserver,
  SlotValues,
  StateSlot,
  StateSlots,
} from '../../cache/index.js';
import { INET_DIAG_INFO } from '../../inetdiag/index.js';
import type { Metrics } from '../../metrics/index.js';
import type { ArchivedRecord, Netns } from '../../parse/index.js';
import { readBytesReceived, readBytesRetrans, readBytesSent } from '../../tcp/index.js';

/** Maximum number of missed seconds that are observed afterwards: a suspended machine may wake after days. */
const MAX_SECONDS = 3600;

/** Traffic of a connection: the last values of its counters, in bytes. */
export interface Traffic {
  /** `tcpi_bytes_sent`: payload, including retransmissions. */
  sent: number;
  /** `tcpi_bytes_received`: payload; the peer's FIN counts one. */
  received: number;
  /** `tcpi_bytes_retrans`: retransmitted payload. */
  retransmitted: number;
}

/**
 * Counts connections and their traffic: the increase of each one's `tcpi_bytes_sent`, `tcpi_bytes_received` and
 * `tcpi_bytes_retrans`, up to the final values in its destroy event. Traffic from before the first complete scan of the
 * network namespace does not count. A counter that is missing or decreases adds nothing.
 *
 * Observes the rate of all connections together once a second, in bits per second.
 */
export class TrafficMeter implements ConnectionObserver {
  /** Traffic of each connection, up to the newest record that this meter observed. */
  readonly slot: StateSlot<Traffic>;
  readonly #reference: Metrics['reference'];
  readonly #metrics: Metrics['traffic'];
  #second: bigint | undefined;
  /** Network namespaces that had a complete scan; undefined is the collector's own. */
  readonly #watched = new Set<Netns | undefined>();
  #sentBytes = 0;
  #receivedBytes = 0;

  constructor({ reference, traffic }: Pick<Metrics, 'reference' | 'traffic'>, slots: StateSlots) {
    this.slot = slots.create();
    this.#reference = reference;
    this.#metrics = traffic;
  }

  /** True when new connections of a network namespace (default: the collector's own) began while it was watched. */
  isWatching(netns?: Netns): boolean {
    return this.#watched.has(netns);
  }

  opened({ firstSeen, netns, slots, last }: Connection): void {
    this.#metrics.opened.inc(firstSeen);
    const traffic = this.#begin(slots);
    if (!this.isWatching(netns)) takeOver(traffic, last);
    else this.#count(traffic, last);
  }

  changed({ slots, last }: Connection): void {
    const traffic = this.slot.get(slots);
    if (traffic !== undefined) this.#count(traffic, last);
  }

  closed(_connection: Connection, { cause }: ConnectionEnd): void {
    this.#metrics.closed.inc(cause);
  }

  lateEvent(slots: SlotValues, last: ArchivedRecord | undefined): void {
    const traffic = this.slot.get(slots);
    if (traffic !== undefined && last !== undefined) this.#count(traffic, last);
  }

  /**
   * Notes a complete scan. New connections after it began while the collector watched.
   * @param endNs end of the scan, nanoseconds since the epoch
   * @param netns network namespace of the scan; absent: the collector's own, whose scans alone advance the seconds
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
    // One observation per second, even without scans, so that the sum equals the traffic.
    this.#observe(elapsed, Math.min(elapsed, MAX_SECONDS));
  }

  /** Notes that a network namespace is no longer watched. */
  left(netns: Netns): void {
    this.#watched.delete(netns);
  }

  /** Observes the traffic since the last full second as that of one second. Called when the collector stops. */
  finish(): void {
    this.#observe(1, 1);
  }

  /** Returns the traffic of a connection that opens, or is seen again. */
  #begin(slots: SlotValues): Traffic {
    const known = this.slot.get(slots);
    if (known !== undefined) return known;
    const traffic = { sent: 0, received: 0, retransmitted: 0 };
    this.slot.set(slots, traffic);
    return traffic;
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
    // A mini-socket has no tcp_info: its connection keeps its earlier counts.
    if (info === null || info === undefined) return;
    const sent = byteIncrease(traffic.sent, readBytesSent(info));
    const received = byteIncrease(traffic.received, readBytesReceived(info));
    const retransmitted = byteIncrease(traffic.retransmitted, readBytesRetrans(info));
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

function byteIncrease(before: number, now: number | undefined): number {
  return now === undefined ? 0 : Math.max(0, now - before);
}

/** Starts counting from a connection's current counters, so that earlier traffic does not count. */
function takeOver(traffic: Traffic, { attributes }: ArchivedRecord): void {
  const info = attributes?.[INET_DIAG_INFO];
  if (info === null || info === undefined) return;
  traffic.sent = readBytesSent(info) ?? 0;
  traffic.received = readBytesReceived(info) ?? 0;
  traffic.retransmitted = readBytesRetrans(info) ?? 0;
}
