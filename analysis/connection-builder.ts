import { TcpState } from '../tcp/index.js';
import { clockAgeUs, olderThan, scanTimeUs } from './clock-age.js';
import type { ClosedFirst, ConnectionIdentity, ConnectionRow, HowEnded, RecordedTotals } from './connection-row.js';
import { Totals } from './counters.js';
import type { Derived } from './derived.js';
import { Ending } from './ending.js';
import { Extremes } from './extremes.js';
import { Histogram } from './histogram.js';
import { isAtMaxPacingRate, LIMIT_EVIDENCE, LIMITED_BY, type LimitEvidence, type LimitedBy } from './limited-by.js';
import type { Observation } from './observation.js';
import { PeerFin } from './peer-fin.js';

/** Counters of a connection with their width in bits, by their names in an observation and in a row. */
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
/** Name of a counter that a connection's row has. */
export type ConnectionCounter = keyof typeof COUNTERS;
type Counter = ConnectionCounter;
type RecordedCounter = keyof RecordedTotals;
/** Counters that a connection's row has, as an observation names them, too. */
export const CONNECTION_COUNTERS: readonly ConnectionCounter[] = Object.keys(COUNTERS) as Counter[];
const WIDTHS = CONNECTION_COUNTERS.map((name) => COUNTERS[name]);
/** Numbers of the counters in {@link Totals}. */
const NUMBER = Object.fromEntries(CONNECTION_COUNTERS.map((name, number) => [name, number])) as Record<Counter, number>;

/** Largest difference of two causes' shares of the time for which both are named. */
const CLOSE_SHARE = 0.1;

/** Duration in microseconds below which most of the bytes may have moved before the first snapshot, at an unknown rate. */
export const LEAST_RATE_US = 100_000;

/** Options of {@link ConnectionBuilder}. */
export interface ConnectionBuilderOptions {
  /** False to leave out the quantiles of the round-trip time, whose histogram takes time and memory (default: true). */
  readonly quantiles?: boolean;
  /**
   * Time between two scans, microseconds; default: the shortest interval between two snapshots, which is too long if
   * not every record is added.
   */
  readonly scanUs?: number;
}

/** Builder of a {@link ConnectionRow} from a connection's snapshots. Its memory does not grow with their number. */
export class ConnectionBuilder {
  readonly #totals = new Totals(WIDTHS);
  readonly #rtt: Histogram | Extremes;
  readonly #scanUs: number | null;
  readonly #ending = new Ending();
  readonly #peerFin = new PeerFin();
  readonly #limitedUs = noTime();
  /**
   * Time of each cause by evidence: causes one after the other, in the order of the two lists. Undefined while no time
   * is known: most short connections have none.
   */
  #evidenceUs: number[] | undefined;
  /** Age at the first snapshot by the snapshot's own clocks; null if they do not show it. */
  #ageUs: number | null = null;
  #shortestUs: number | null = null;
  #sawInfo = false;
  #snapshots = 0;
  #startTime = '';
  #startUs = 0;
  #endTime = '';
  #endUs = 0;
  #lastState = 0;
  #minRttUs: number | null = null;
  #maxCwnd: number | null = null;
  #congestionAlgorithm: string | null = null;
  #exchanges = 0;
  #maxPacingRate: number | null = null;
  #maxPacingRateUs = 0;

  constructor({ quantiles = true, scanUs }: ConnectionBuilderOptions = {}) {
    this.#rtt = quantiles ? new Histogram() : new Extremes();
    this.#scanUs = scanUs ?? null;
  }

  /** Number of records added. */
  get snapshots(): number {
    return this.#snapshots;
  }

  /** Time from the first to the last snapshot, microseconds; null if the clock went back in between. */
  get durationUs(): number | null {
    return this.#endUs >= this.#startUs ? this.#endUs - this.#startUs : null;
  }

  /** End that closed first, as in the row. */
  get closedFirst(): ClosedFirst {
    return this.#ending.closedFirst;
  }

  /** Ending, as in the row. */
  get howEnded(): HowEnded {
    return this.#ending.verdict.how;
  }

  /** Returns a counter of the last snapshot with tcp_info, continued over wraps, as in the row. */
  total(name: ConnectionCounter): number | null {
    return this.#totals.value(NUMBER[name]);
  }

  /** Adds the next snapshot and the values derived from it. Both may be reused afterwards. */
  add(o: Observation, { intervalUs, limitedBy, limitedByEvidence, exchanges }: Derived): void {
    if (this.#snapshots++ === 0) {
      this.#startTime = o.timestamp;
      this.#startUs = o.timeUs;
    }
    this.#endTime = o.timestamp;
    this.#endUs = o.timeUs;
    this.#lastState = o.state;
    this.#ending.add(o);
    this.#peerFin.add(o);
    // The end is recorded when it happens; only the other records have the spacing of scans.
    if (intervalUs !== null && o.state !== TcpState.CLOSE) this.#shortestUs = least(this.#shortestUs, intervalUs);
    if (intervalUs !== null && limitedBy !== null) this.addLimited(limitedBy, limitedByEvidence, intervalUs, o);
    this.addExchanges(exchanges);
    if (!o.hasInfo) return;
    if (!this.#sawInfo) this.#ageUs = this.#snapshots === 1 ? clockAgeUs(o) : null;
    this.#sawInfo = true;
    const totals = this.#totals;
    totals.add(NUMBER.bytesSent, o.bytesSent);
    totals.add(NUMBER.bytesAcked, o.bytesAcked);
    totals.add(NUMBER.bytesReceived, o.bytesReceived);
    totals.add(NUMBER.bytesRetrans, o.bytesRetrans);
    totals.add(NUMBER.segsOut, o.segsOut);
    totals.add(NUMBER.segsIn, o.segsIn);
    totals.add(NUMBER.dataSegsOut, o.dataSegsOut);
    totals.add(NUMBER.dataSegsIn, o.dataSegsIn);
    totals.add(NUMBER.totalRetrans, o.totalRetrans);
    totals.add(NUMBER.busyTimeUs, o.busyTimeUs);
    totals.add(NUMBER.rwndLimitedUs, o.rwndLimitedUs);
    totals.add(NUMBER.sndbufLimitedUs, o.sndbufLimitedUs);
    if (o.rttUs !== null) this.#rtt.add(o.rttUs);
    this.#minRttUs = least(this.#minRttUs, o.minRttUs);
    this.#maxCwnd = greatest(this.#maxCwnd, o.sndCwnd);
    this.#congestionAlgorithm = o.congestionAlgorithm ?? this.#congestionAlgorithm;
    this.#maxPacingRate = o.maxPacingRateBytesPerSec;
  }

  /**
   * Adds time limited by a cause, for snapshots that are added without one.
   * @param o snapshot at the end of that time
   */
  addLimited(cause: LimitedBy, evidence: LimitEvidence | null, us: number, o: Observation): void {
    this.#limitedUs[cause] += us;
    if (cause === 'pacing' && isAtMaxPacingRate(o)) this.#maxPacingRateUs += us;
    if (evidence === null) return;
    const at = LIMITED_BY.indexOf(cause) * LIMIT_EVIDENCE.length + LIMIT_EVIDENCE.indexOf(evidence);
    this.#evidenceUs ??= new Array<number>(LIMITED_BY.length * LIMIT_EVIDENCE.length).fill(0);
    this.#evidenceUs[at] = (this.#evidenceUs[at] ?? 0) + us;
  }

  /** Adds exchanges, for snapshots that are added without them. */
  addExchanges(count: number): void {
    this.#exchanges += count;
  }

  /** Returns the row of everything added; call {@link reset} before the next connection. */
  finish(identity: ConnectionIdentity): ConnectionRow {
    const { durationUs } = this;
    const perSecond = (name: RecordedCounter): number | null => this.#perSecond(name, durationUs);
    const value = (name: Counter): number | null => this.#totals.value(NUMBER[name]);
    const limitedBy = mostly(this.#limitedUs);
    const { how, unknown } = this.#ending.verdict;
    const { uuid, netnsInode, netnsName, family, localAddress, localPort, remoteAddress, remotePort } = identity;
    const { process, conntrack, recording } = identity;
    return {
      uuid,
      netnsInode,
      netnsName,
      family,
      localAddress,
      localPort,
      remoteAddress,
      remotePort,
      ...(process === undefined ? {} : { process }),
      ...(conntrack === undefined ? {} : { conntrack }),
      ...(recording === undefined ? {} : { recording }),
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
      recorded: this.#recorded(),
      olderByUs: this.#olderByUs,
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
      hasPeerFin: this.#peerFin.isSeen,
      exchanges: this.#exchanges,
      maxPacingRateBytesPerSec: this.#maxPacingRate,
      maxPacingRateUs: this.#maxPacingRateUs,
      limitedUs: { ...this.#limitedUs },
      limitedBy,
      limitedByEvidence: limitedBy === null ? null : mostEvidence(this.#evidenceUs, limitedBy),
      limitedByRunnerUp: limitedBy === null ? null : runnerUp(this.#limitedUs, limitedBy),
      closedFirst: this.#ending.closedFirst,
      howEnded: how,
      endingUnknownBecause: unknown,
    };
  }

  /** Age at the first snapshot, if a late scan does not explain it; else null. */
  get #olderByUs(): number | null {
    if (this.#ageUs === null) return null;
    return olderThan(this.#ageUs, this.#scanUs ?? scanTimeUs(this.#shortestUs));
  }

  /**
   * Counters of the recorded time: the growth since the first snapshot if the connection is older, else the whole
   * counters.
   */
  #recorded(): RecordedTotals {
    return {
      bytesSent: this.#whileRecorded('bytesSent'),
      bytesAcked: this.#whileRecorded('bytesAcked'),
      bytesReceived: this.#whileRecorded('bytesReceived'),
      bytesRetrans: this.#whileRecorded('bytesRetrans'),
      totalRetrans: this.#whileRecorded('totalRetrans'),
      dataSegsOut: this.#whileRecorded('dataSegsOut'),
      dataSegsIn: this.#whileRecorded('dataSegsIn'),
    };
  }

  #whileRecorded(name: RecordedCounter): number | null {
    return this.#olderByUs === null ? this.#totals.value(NUMBER[name]) : this.#totals.grown(NUMBER[name]);
  }

  /**
   * Mean rate of a counter while recorded; null if too much of it moved in an unknown time before the first snapshot.
   */
  #perSecond(name: RecordedCounter, durationUs: number | null): number | null {
    const recorded = this.#whileRecorded(name);
    if (recorded === null || durationUs === null || durationUs === 0) return null;
    const before = recorded - (this.#totals.grown(NUMBER[name]) ?? 0);
    return durationUs < LEAST_RATE_US && 2 * before > recorded ? null : (recorded * 1e6) / durationUs;
  }

  /** Resets the builder for the next connection. */
  reset(): void {
    this.#totals.reset();
    this.#rtt.reset();
    this.#ending.reset();
    this.#peerFin.reset();
    for (const cause of LIMITED_BY) this.#limitedUs[cause] = 0;
    this.#evidenceUs?.fill(0);
    this.#ageUs = null;
    this.#shortestUs = null;
    this.#sawInfo = false;
    this.#snapshots = 0;
    this.#minRttUs = null;
    this.#maxCwnd = null;
    this.#congestionAlgorithm = null;
    this.#exchanges = 0;
    this.#maxPacingRate = null;
    this.#maxPacingRateUs = 0;
  }
}

function noTime(): Record<LimitedBy, number> {
  return { application: 0, cwnd: 0, rwnd: 0, sndbuf: 0, pacing: 0, loss: 0, peer: 0, idle: 0 };
}

/** Returns the evidence with the longest time of a cause; of equal ones the first; null without any. */
function mostEvidence(us: readonly number[] | undefined, cause: LimitedBy): LimitEvidence | null {
  const from = LIMITED_BY.indexOf(cause) * LIMIT_EVIDENCE.length;
  let most: LimitEvidence | null = null;
  let mostUs = 0;
  LIMIT_EVIDENCE.forEach((evidence, i) => {
    const time = us?.[from + i] ?? 0;
    if (time <= mostUs) return;
    most = evidence;
    mostUs = time;
  });
  return most;
}

/** Returns the cause with the second longest time if it is close to the first, idle time aside. */
function runnerUp(limitedUs: Readonly<Record<LimitedBy, number>>, first: LimitedBy): LimitedBy | null {
  const active = LIMITED_BY.filter((cause) => cause !== 'idle');
  const total = active.reduce((sum, cause) => sum + limitedUs[cause], 0);
  const [next] = active.filter((cause) => cause !== first).sort((a, b) => limitedUs[b] - limitedUs[a]);
  if (next === undefined || limitedUs[next] === 0 || first === 'idle') return null;
  return (limitedUs[first] - limitedUs[next]) / total < CLOSE_SHARE ? next : null;
}

/** Returns the cause with the longest time; `idle` only if there is no other. */
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
