import { LEAST_RATE_US, LIMITED_BY, type LimitedBy } from '../../analysis/index.js';
import type { NowValues, StoreRow } from '../store/index.js';
import type { GroupJson } from '../wire/index.js';
import { quantile } from './quantile.js';
import { TimeUnion } from './time-union.js';

/** Value of a field by which rows are grouped. */
export type KeyValue = string | number | boolean | null;

/**
 * Sums of one group. A live store has rates of the last second, which add up. An archive has means of connections that
 * were open at different times, which do not: its groups have sums of bytes, and the time in which any was recorded.
 */
export class Group {
  connections = 0;
  #closed = 0;
  /** Bytes per second; bytes in archives. */
  #sent = 0;
  #received = 0;
  #retransmitted = 0;
  /** Times of archived connections. */
  #times: TimeUnion | undefined;
  /** True if an archived connection has bytes, but no rate of its own. */
  #hasUntimed = false;
  readonly #roundTrips: number[] = [];
  /** Open connections that each cause limits; in archives the time that it limited any, microseconds. */
  readonly #limits = new Map<LimitedBy, number>();

  constructor(readonly key: readonly KeyValue[]) {}

  /** Bytes in both directions: per second, or in archives in all. */
  get moved(): number {
    return this.#sent + this.#received;
  }

  add(row: StoreRow): void {
    this.connections++;
    if (!row.isOpen) this.#closed++;
    const { now } = row;
    if (now === null) this.#addArchived(row);
    else this.#addNow(now, row.isOpen);
  }

  #addNow({ observation, derived }: NowValues, isOpen: boolean): void {
    const { sendThroughputBytesPerSec: sent, receiveThroughputBytesPerSec: received } = derived;
    this.#sent += sent ?? 0;
    this.#received += received ?? 0;
    this.#retransmitted += (sent ?? 0) * (derived.retransmitRateBytes ?? 0);
    if (observation.rttUs !== null) this.#roundTrips.push(observation.rttUs);
    if (isOpen) this.#addLimit(derived.limitedBy, 1);
  }

  #addArchived({ connection, startUs, endUs }: StoreRow): void {
    const { bytesSent, bytesReceived, bytesRetrans } = connection.recorded;
    this.#sent += bytesSent ?? 0;
    this.#received += bytesReceived ?? 0;
    this.#retransmitted += bytesRetrans ?? 0;
    this.#times ??= new TimeUnion();
    this.#times.add(startUs, endUs);
    const isUntimed = connection.sendThroughputBytesPerSec === null || connection.receiveThroughputBytesPerSec === null;
    if (isUntimed && (bytesSent ?? 0) + (bytesReceived ?? 0) > 0) this.#hasUntimed = true;
    if (connection.medianRttUs !== null) this.#roundTrips.push(connection.medianRttUs);
    // By time, as a summary does: many short connections do not outvote the one that was held up.
    for (const cause of LIMITED_BY) this.#addLimit(cause, connection.limitedUs[cause]);
  }

  #addLimit(cause: LimitedBy | null, weight: number): void {
    if (cause !== null && weight > 0) this.#limits.set(cause, (this.#limits.get(cause) ?? 0) + weight);
  }

  /** Adds all of another group. */
  merge(other: Group): void {
    this.connections += other.connections;
    this.#closed += other.#closed;
    this.#sent += other.#sent;
    this.#received += other.#received;
    this.#retransmitted += other.#retransmitted;
    if (other.#times !== undefined) {
      this.#times ??= new TimeUnion();
      this.#times.addAll(other.#times);
    }
    this.#hasUntimed ||= other.#hasUntimed;
    for (const rtt of other.#roundTrips) this.#roundTrips.push(rtt);
    for (const [cause, weight] of other.#limits) this.#addLimit(cause, weight);
  }

  toJson(isOther: boolean): GroupJson {
    const sorted = Float64Array.from(this.#roundTrips).sort();
    const perSecond = this.#rateFactor();
    return {
      key: this.key,
      ...(isOther ? { other: true as const } : {}),
      connections: this.connections,
      closed: this.#closed,
      sendThroughputBytesPerSec: perSecond === null ? null : this.#sent * perSecond,
      receiveThroughputBytesPerSec: perSecond === null ? null : this.#received * perSecond,
      retransmitRateBytes: this.#sent === 0 ? null : Math.min(1, this.#retransmitted / this.#sent),
      rttUs: { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) },
      limitedBy: this.#mostlyLimitedBy(),
    };
  }

  /** Returns the factor from the sums to bytes per second; null if archives do not tell the time of the bytes. */
  #rateFactor(): number | null {
    if (this.#times === undefined) return 1;
    const { lengthUs } = this.#times;
    return lengthUs === 0 || (lengthUs < LEAST_RATE_US && this.#hasUntimed) ? null : 1e6 / lengthUs;
  }

  #mostlyLimitedBy(): LimitedBy | null {
    let most: LimitedBy | null = null;
    for (const cause of LIMITED_BY) {
      if (cause !== 'idle' && (this.#limits.get(cause) ?? 0) > (most === null ? 0 : (this.#limits.get(most) ?? 0)))
        most = cause;
    }
    return most ?? (this.#limits.has('idle') ? 'idle' : null);
  }
}
