import {
  CLOSED_FIRST,
  type ConnectionRow,
  Histogram,
  HOW_ENDED,
  LIMITED_BY,
  limitedShare,
} from '../../../analysis/index.js';
import { niceTicks } from '../../../chart/index.js';
import { endpoint } from '../../reading/clock.js';
import { Top } from './top.js';
import type { Busy, Retransmitter, SummaryView } from './view.js';

/** Peers that are kept apart at least; ports are all. */
const PEERS = 20_000;
const PORTS = 2 * 65_536;
/** Entries of each list. */
const LISTED = 10;
/** Below this, a share of retransmitted bytes says little. */
const TELLING_PACKETS = 10;
/** A histogram counts to 2^32: in tenths of a millisecond that is five days. */
const DURATION_STEP_US = 100;

interface Traffic extends Omit<Busy, 'name'> {
  readonly weight: number;
}

type Counts<T extends string> = Record<T, number>;

/** Sums up connections, in memory that does not grow with their number. */
export class SummaryAccumulator {
  #connections = 0;
  #snapshots = 0;
  #fromMs = Number.POSITIVE_INFINITY;
  #toMs = Number.NEGATIVE_INFINITY;
  #bytesSent = 0;
  #bytesReceived = 0;
  #bytesRetrans = 0;
  #packetsRetrans = 0;
  readonly #durations = new Histogram();
  readonly #rtt = new Histogram();
  readonly #peers = new Top<Traffic>(PEERS);
  readonly #ports = new Top<Traffic>(PORTS);
  #worst: Retransmitter[] = [];
  readonly #limitedUs = counts(LIMITED_BY);
  readonly #limitedConnections = counts(LIMITED_BY);
  readonly #ended = counts(HOW_ENDED);
  readonly #closedFirst = counts(CLOSED_FIRST);

  /** Takes in a connection. */
  add(row: ConnectionRow): void {
    this.#connections++;
    this.#snapshots += row.snapshots;
    this.#addTimes(row);
    // Before 4.19 the kernel does not say what it sent.
    const bytesSent = row.bytesSent ?? row.bytesAcked ?? 0;
    const bytesReceived = row.bytesReceived ?? 0;
    this.#bytesSent += bytesSent;
    this.#bytesReceived += bytesReceived;
    this.#bytesRetrans += row.bytesRetrans ?? 0;
    this.#packetsRetrans += row.totalRetrans ?? 0;
    const traffic = { connections: 1, bytesSent, bytesReceived, weight: bytesSent + bytesReceived };
    this.#peers.add(row.remoteAddress ?? 'unknown', (known) => joined(known, traffic));
    this.#ports.add(servicePort(row), (known) => joined(known, traffic));
    if (row.medianRttUs !== null) this.#rtt.add(row.medianRttUs);
    this.#addRetransmitter(row);
    for (const name of LIMITED_BY) this.#limitedUs[name] += limitedShare(row, name) === null ? 0 : row.limitedUs[name];
    if (row.limitedBy !== null) this.#limitedConnections[row.limitedBy]++;
    this.#ended[row.howEnded]++;
    this.#closedFirst[row.closedFirst]++;
  }

  /** All that was taken in. */
  get view(): SummaryView {
    const duration = (q: number): number | null => times(this.#durations.quantile(q), DURATION_STEP_US);
    return {
      connections: this.#connections,
      snapshots: this.#snapshots,
      from: timestamp(this.#fromMs),
      to: timestamp(this.#toMs),
      bytesSent: this.#bytesSent,
      bytesReceived: this.#bytesReceived,
      bytesRetrans: this.#bytesRetrans,
      packetsRetrans: this.#packetsRetrans,
      medianDurationUs: duration(0.5),
      p95DurationUs: duration(0.95),
      peers: this.#peers.heaviest(LISTED).map(busy),
      ports: this.#ports.heaviest(LISTED).map(busy),
      busyIsEstimate: this.#peers.forgot,
      rtt: {
        minUs: this.#rtt.min,
        medianUs: this.#rtt.quantile(0.5),
        p95Us: this.#rtt.quantile(0.95),
        maxUs: this.#rtt.max,
        ranges: ranges(this.#rtt),
      },
      retransmitters: this.#worst,
      limitedUs: this.#limitedUs,
      limitedConnections: this.#limitedConnections,
      ended: this.#ended,
      closedFirst: this.#closedFirst,
    };
  }

  #addTimes({ startTime, endTime, durationUs }: ConnectionRow): void {
    const [from, to] = [Date.parse(startTime), Date.parse(endTime)];
    if (!Number.isNaN(from)) this.#fromMs = Math.min(this.#fromMs, from);
    if (!Number.isNaN(to)) this.#toMs = Math.max(this.#toMs, to);
    if (durationUs !== null) this.#durations.add(durationUs / DURATION_STEP_US);
  }

  #addRetransmitter(row: ConnectionRow): void {
    const packetsRetrans = row.totalRetrans ?? 0;
    if (packetsRetrans === 0) return;
    const entry = {
      uuid: row.uuid,
      local: endpoint(row.localAddress, row.localPort),
      remote: endpoint(row.remoteAddress, row.remotePort),
      bytesSent: row.bytesSent,
      bytesRetrans: row.bytesRetrans,
      packetsRetrans,
      share: retransmitShare(row),
    };
    this.#worst.push(entry);
    this.#worst.sort(worseFirst);
    this.#worst = this.#worst.slice(0, LISTED);
  }
}

/** By bytes where the kernel counts them, since 4.19; else by packets. Retransmitted SYNs have no bytes. */
function retransmitShare({ bytesSent, bytesRetrans, totalRetrans, dataSegsOut }: ConnectionRow): number | null {
  if (bytesSent !== null && bytesRetrans !== null) return bytesSent > 0 ? bytesRetrans / bytesSent : null;
  return dataSegsOut !== null && dataSegsOut > 0 ? Math.min(1, (totalRetrans ?? 0) / dataSegsOut) : null;
}

/** Those with enough packets to judge by come first, the greatest share before the others. */
function worseFirst(a: Retransmitter, b: Retransmitter): number {
  const telling = (each: Retransmitter): number => (each.packetsRetrans >= TELLING_PACKETS ? 1 : 0);
  return (
    telling(b) - telling(a) ||
    (b.share ?? 0) - (a.share ?? 0) ||
    b.packetsRetrans - a.packetsRetrans ||
    (a.uuid < b.uuid ? -1 : 1)
  );
}

/** Whose port is the service's: the lower one as a rule, since the other is picked from the upper ones. */
function servicePort({ localPort, remotePort }: ConnectionRow): string {
  if (localPort === null || remotePort === null) return 'unknown';
  return localPort <= remotePort ? `${localPort} local` : `${remotePort} remote`;
}

function joined(known: Traffic | undefined, more: Traffic): Traffic {
  if (known === undefined) return more;
  return {
    connections: known.connections + more.connections,
    bytesSent: known.bytesSent + more.bytesSent,
    bytesReceived: known.bytesReceived + more.bytesReceived,
    weight: known.weight + more.weight,
  };
}

function busy([name, { connections, bytesSent, bytesReceived }]: [string, Traffic]): Busy {
  return { name, connections, bytesSent, bytesReceived };
}

/** 1, 2 and 5 times powers of ten, microseconds, up to 5,000 s. */
const DECADES_US = Array.from({ length: 30 }, (_, i) => ([1, 2, 5][i % 3] ?? 1) * 10 ** Math.floor(i / 3));
/** Where values lie within this factor of each other, ranges of equal width tell more. */
const CLOSE = 8;
/** So many ranges of equal width, about. */
const EQUAL_RANGES = 8;

/** From the first range that has any to the last. */
function ranges(rtt: Histogram): SummaryView['rtt']['ranges'] {
  const { min, max } = rtt;
  if (min === null || max === null) return [];
  const limits = max <= CLOSE * min ? equalLimits(min, max) : DECADES_US;
  const all = rtt.countBetween(limits).map((connections, i) => ({
    fromUs: limits[i - 1] ?? 0,
    toUs: limits[i] ?? max,
    connections,
  }));
  const first = all.findIndex(({ connections }) => connections > 0);
  const last = all.findLastIndex(({ connections }) => connections > 0);
  return all.slice(first, last + 1);
}

/** Round limits around all values. */
function equalLimits(min: number, max: number): number[] {
  const [, step = 1] = niceTicks(Math.max(EQUAL_RANGES, max - min), EQUAL_RANGES);
  const first = Math.floor(min / step) * step;
  return Array.from({ length: Math.ceil((max + 1 - first) / step) + 1 }, (_, i) => first + i * step);
}

function counts<T extends string>(names: readonly T[]): Counts<T> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Counts<T>;
}

function timestamp(ms: number): string | null {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : null;
}

function times(value: number | null, factor: number): number | null {
  return value === null ? null : value * factor;
}
