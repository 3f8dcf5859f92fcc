import type { ConnectionIdentity, ConnectionRow } from './connection-row.js';
import { Total } from './counters.js';
import type { Derived } from './derived.js';
import { Ending } from './ending.js';
import { Histogram } from './histogram.js';
import { LIMITED_BY, type LimitedBy } from './limited-by.js';
import type { Observation } from './observation.js';

/** Counters of a connection, by the names that they have in an observation and in a row. */
const COUNTERS = {
  bytesSent: 64,
  bytesAcked: 64,
  bytesReceived: 64,
  bytesRetrans: 64,
  segsOut: 32,
  segsIn: 32,
  dataSegsOut: 32,
  dataSegsIn: 32,
  totalRetrans: 32,
  busyTimeUs: 64,
  rwndLimitedUs: 64,
  sndbufLimitedUs: 64,
} as const;
type Counter = keyof typeof COUNTERS;
const COUNTER_NAMES = Object.keys(COUNTERS) as Counter[];

/** Makes a {@link ConnectionRow} of a connection's snapshots. Its memory does not grow with their number. */
export class ConnectionBuilder {
  readonly #totals = Object.fromEntries(COUNTER_NAMES.map((name) => [name, new Total(COUNTERS[name])])) as Record<
    Counter,
    Total
  >;
  readonly #rtt = new Histogram();
  readonly #ending = new Ending();
  #limitedUs = noTime();
  #snapshots = 0;
  #startTime = '';
  #startUs = 0;
  #endTime = '';
  #endUs = 0;
  #lastState = 0;
  #minRttUs: number | null = null;
  #maxCwnd: number | null = null;
  #congestionAlgorithm: string | null = null;

  /** Records that were added. */
  get snapshots(): number {
    return this.#snapshots;
  }

  /** Takes the next snapshot, and what was derived from it. Both may be reused afterwards. */
  add(o: Observation, { intervalUs, limitedBy }: Derived): void {
    if (this.#snapshots++ === 0) {
      this.#startTime = o.timestamp;
      this.#startUs = o.timeUs;
    }
    this.#endTime = o.timestamp;
    this.#endUs = o.timeUs;
    this.#lastState = o.state;
    this.#ending.add(o);
    if (intervalUs !== null && limitedBy !== null) this.#limitedUs[limitedBy] += intervalUs;
    if (!o.hasInfo) return;
    for (const name of COUNTER_NAMES) this.#totals[name].add(o[name]);
    if (o.rttUs !== null) this.#rtt.add(o.rttUs);
    this.#minRttUs = least(this.#minRttUs, o.minRttUs);
    this.#maxCwnd = greatest(this.#maxCwnd, o.sndCwnd);
    this.#congestionAlgorithm = o.congestionAlgorithm ?? this.#congestionAlgorithm;
  }

  /** The row of all that was added; the builder can then be {@link reset}. */
  finish(identity: ConnectionIdentity): ConnectionRow {
    const durationUs = this.#endUs >= this.#startUs ? this.#endUs - this.#startUs : null;
    const perSecond = (name: Counter): number | null => {
      const { grown } = this.#totals[name];
      return grown === null || durationUs === null || durationUs === 0 ? null : (grown * 1e6) / durationUs;
    };
    const value = (name: Counter): number | null => this.#totals[name].value;
    return {
      ...identity,
      startTime: this.#startTime,
      endTime: this.#endTime,
      durationUs,
      snapshots: this.#snapshots,
      lastState: this.#lastState,
      bytesSent: value('bytesSent'),
      bytesAcked: value('bytesAcked'),
      bytesReceived: value('bytesReceived'),
      bytesRetrans: value('bytesRetrans'),
      segsOut: value('segsOut'),
      segsIn: value('segsIn'),
      dataSegsOut: value('dataSegsOut'),
      dataSegsIn: value('dataSegsIn'),
      totalRetrans: value('totalRetrans'),
      minRttUs: this.#minRttUs ?? this.#rtt.min,
      medianRttUs: this.#rtt.quantile(0.5),
      p95RttUs: this.#rtt.quantile(0.95),
      maxRttUs: this.#rtt.max,
      maxCwnd: this.#maxCwnd,
      sendThroughputBytesPerSec: perSecond('bytesSent'),
      goodputBytesPerSec: perSecond('bytesAcked'),
      receiveThroughputBytesPerSec: perSecond('bytesReceived'),
      congestionAlgorithm: this.#congestionAlgorithm,
      busyTimeUs: value('busyTimeUs'),
      rwndLimitedUs: value('rwndLimitedUs'),
      sndbufLimitedUs: value('sndbufLimitedUs'),
      limitedUs: { ...this.#limitedUs },
      limitedBy: mostly(this.#limitedUs),
      closedFirst: this.#ending.closedFirst,
      howEnded: this.#ending.howEnded,
    };
  }

  /** Forgets everything, for the next connection. */
  reset(): void {
    for (const name of COUNTER_NAMES) this.#totals[name].reset();
    this.#rtt.reset();
    this.#ending.reset();
    this.#limitedUs = noTime();
    this.#snapshots = 0;
    this.#minRttUs = null;
    this.#maxCwnd = null;
    this.#congestionAlgorithm = null;
  }
}

function noTime(): Record<LimitedBy, number> {
  return { application: 0, cwnd: 0, rwnd: 0, sndbuf: 0, pacing: 0, loss: 0, idle: 0 };
}

/** What took most of the time; idleness only when there is nothing else. */
function mostly(limitedUs: Readonly<Record<LimitedBy, number>>): LimitedBy | null {
  let most: LimitedBy | null = null;
  for (const cause of LIMITED_BY) {
    if (cause !== 'idle' && limitedUs[cause] > (most === null ? 0 : limitedUs[most])) most = cause;
  }
  return most ?? (limitedUs.idle > 0 ? 'idle' : null);
}

function least(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

function greatest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}
