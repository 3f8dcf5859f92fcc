import { AF_INET, AF_INET6 } from '../netlink/index.js';
import { CLOSED_FIRST, type ConnectionRow, HOW_ENDED } from './connection-row.js';
import { HeldUp } from './held-up.js';
import { Histogram } from './histogram.js';
import { LIMITED_BY } from './limited-by.js';
import { NotableConnections } from './notable.js';
import { FIRST_EPHEMERAL_PORT } from './ports.js';
import { hasRetransmittedData, retransmitRate } from './retransmits.js';
import { SpaceSaving } from './space-saving.js';
import type { Distribution, PortTraffic, Retransmitter, Summary, Traffic } from './summary.js';
import { timestampToUs } from './time.js';
import { TopList } from './top-list.js';

/** Options of {@link Summarizer}. */
export interface SummarizerOptions {
  /** Rows of each list; default 20. */
  readonly top?: number;
  /** Maximum number of tracked peers, default 4096; with more peers, those with few bytes may be missing. */
  readonly trackedPeers?: number;
}

/** Maximum number of congestion algorithms counted separately; the kernel has about 16. */
const MAX_ALGORITHMS = 64;
/** Name under which other algorithms are counted. */
const OTHER = 'other';

/**
 * Builder of a {@link Summary} from connections. Its memory is bounded to about 10 MB for any number of connections.
 */
export class Summarizer {
  readonly #top: number;
  readonly #all = noTraffic();
  readonly #peers: SpaceSaving<Traffic>;
  // Needs no bound: there are only 65,536 ports.
  readonly #localPorts = new Map<number, Traffic>();
  readonly #remotePorts = new Map<number, Traffic>();
  readonly #algorithms = new Map<string, number>();
  readonly #duration = new Histogram();
  readonly #rtt = new Histogram();
  readonly #minRtt = new Histogram();
  readonly #families = { ipv4: 0, ipv6: 0 };
  readonly #limitedBy = record(LIMITED_BY, () => ({ us: 0, connections: 0 }));
  readonly #closedFirst = record(CLOSED_FIRST, () => 0);
  readonly #howEnded = record(HOW_ENDED, () => 0);
  readonly #heldUp = new HeldUp();
  readonly #retransmitters: TopList<Retransmitter, Retransmitted>;
  readonly #notable: NotableConnections;
  #maxPacingRateUs = 0;
  #limitedByUnknown = 0;
  #snapshots = 0;
  #totalRetrans = 0;
  #from = { time: null as string | null, us: Number.POSITIVE_INFINITY };
  #to = { time: null as string | null, us: Number.NEGATIVE_INFINITY };

  constructor({ top = 20, trackedPeers = 4096 }: SummarizerOptions = {}) {
    this.#top = top;
    this.#notable = new NotableConnections(top);
    this.#retransmitters = new TopList(top, isWorse);
    this.#peers = new SpaceSaving(trackedPeers, noTraffic);
  }

  /** Adds one connection. */
  add(whole: ConnectionRow): void {
    this.#heldUp.add(whole);
    // Totals cover the recorded time only.
    const row = { ...whole, ...whole.recorded };
    addTraffic(this.#all, row);
    addTraffic(this.#peers.add(row.remoteAddress, bytesOf(row)), row);
    addTraffic(ofPort(this.#localPorts, row.localPort), row);
    addTraffic(ofPort(this.#remotePorts, row.remotePort), row);
    this.#snapshots += row.snapshots;
    this.#totalRetrans += row.totalRetrans ?? 0;
    if (row.family === AF_INET) this.#families.ipv4++;
    else if (row.family === AF_INET6) this.#families.ipv6++;
    this.#addAlgorithm(row.congestionAlgorithm);
    this.#addTimes(row);
    for (const cause of LIMITED_BY) this.#limitedBy[cause].us += row.limitedUs[cause];
    this.#maxPacingRateUs += row.maxPacingRateUs;
    if (row.limitedBy === null) this.#limitedByUnknown++;
    else this.#limitedBy[row.limitedBy].connections++;
    this.#closedFirst[row.closedFirst]++;
    this.#howEnded[row.howEnded]++;
    if (hasRetransmittedData(row)) this.#retransmitters.add(row, () => retransmitter(row));
    this.#notable.add(row);
  }

  /** Returns the summary so far. */
  summary(): Summary {
    const top = this.#top;
    return {
      ...this.#all,
      ...this.#heldUp.summary(top),
      snapshots: this.#snapshots,
      from: this.#from.time,
      to: this.#to.time,
      totalRetrans: this.#totalRetrans,
      families: { ...this.#families },
      congestionAlgorithms: [...this.#algorithms]
        .map(([algorithm, connections]) => ({ algorithm, connections }))
        .sort((a, b) => b.connections - a.connections || (a.algorithm < b.algorithm ? -1 : 1)),
      peers: this.#peers.top(top).map(({ key, error, value }) => ({ peer: key, ...value, missingBytes: error })),
      localPorts: busiest(this.#localPorts, top),
      remotePorts: busiest(this.#remotePorts, top),
      durationUs: distribution(this.#duration),
      rttUs: distribution(this.#rtt),
      minRttUs: distribution(this.#minRtt),
      retransmitters: this.#retransmitters.values(),
      slowest: this.#notable.slowest,
      longest: this.#notable.longest,
      largest: this.#notable.largest,
      limitedBy: record(LIMITED_BY, (cause) => ({ ...this.#limitedBy[cause] })),
      maxPacingRateUs: this.#maxPacingRateUs,
      limitedByUnknown: this.#limitedByUnknown,
      closedFirst: { ...this.#closedFirst },
      howEnded: { ...this.#howEnded },
    };
  }

  #addAlgorithm(algorithm: string | null): void {
    if (algorithm === null) return;
    const isNew = !this.#algorithms.has(algorithm);
    const name = isNew && this.#algorithms.size >= MAX_ALGORITHMS ? OTHER : algorithm;
    this.#algorithms.set(name, (this.#algorithms.get(name) ?? 0) + 1);
  }

  #addTimes({ startTime, endTime, durationUs, medianRttUs, minRttUs }: ConnectionRow): void {
    const startUs = timestampToUs(startTime);
    const endUs = timestampToUs(endTime);
    if (startUs < this.#from.us) this.#from = { time: startTime, us: startUs };
    if (endUs > this.#to.us) this.#to = { time: endTime, us: endUs };
    if (durationUs !== null) this.#duration.add(durationUs);
    if (medianRttUs !== null) this.#rtt.add(medianRttUs);
    if (minRttUs !== null) this.#minRtt.add(minRttUs);
  }
}

/** Summarizes connections. Use {@link Summarizer} for a stream of them. */
export function summarize(rows: Iterable<ConnectionRow>, options?: SummarizerOptions): Summary {
  const summarizer = new Summarizer(options);
  for (const row of rows) summarizer.add(row);
  return summarizer.summary();
}

/** Counters that rank the retransmitters. */
type Retransmitted = Pick<ConnectionRow, 'bytesRetrans' | 'totalRetrans'>;

function isWorse(row: Retransmitted, than: Retransmitted): boolean {
  const bytes = (row.bytesRetrans ?? 0) - (than.bytesRetrans ?? 0);
  return bytes > 0 || (bytes === 0 && (row.totalRetrans ?? 0) > (than.totalRetrans ?? 0));
}

function retransmitter(row: ConnectionRow): Retransmitter {
  const { uuid, localAddress, localPort, remoteAddress, remotePort, startTime, bytesSent, bytesRetrans } = row;
  const { totalRetrans, minRttUs, medianRttUs, limitedBy, howEnded } = row;
  return {
    uuid,
    localAddress,
    localPort,
    remoteAddress,
    remotePort,
    startTime,
    bytesSent,
    bytesRetrans,
    totalRetrans,
    minRttUs,
    medianRttUs,
    limitedBy,
    howEnded,
    retransmitRate: retransmitRate(row),
  };
}

function noTraffic(): Traffic {
  return { connections: 0, bytesSent: 0, bytesReceived: 0, bytesRetrans: 0 };
}

function addTraffic(to: Traffic, { bytesSent, bytesAcked, bytesReceived, bytesRetrans }: ConnectionRow): void {
  to.connections++;
  to.bytesSent += bytesSent ?? bytesAcked ?? 0;
  to.bytesReceived += bytesReceived ?? 0;
  to.bytesRetrans += bytesRetrans ?? 0;
}

function bytesOf({ bytesSent, bytesAcked, bytesReceived }: ConnectionRow): number {
  return (bytesSent ?? bytesAcked ?? 0) + (bytesReceived ?? 0);
}

function ofPort(ports: Map<number, Traffic>, port: number): Traffic {
  let traffic = ports.get(port);
  if (traffic === undefined) {
    traffic = noTraffic();
    ports.set(port, traffic);
  }
  return traffic;
}

/**
 * Returns the busiest ports, without ports assigned to a single connection: these would displace the meaningful ones.
 */
function busiest(ports: ReadonlyMap<number, Traffic>, count: number): PortTraffic[] {
  const bytes = (each: Traffic): number => each.bytesSent + each.bytesReceived;
  return [...ports]
    .filter(([port, { connections }]) => port < FIRST_EPHEMERAL_PORT || connections > 1)
    .map(([port, traffic]) => ({ port, ...traffic }))
    .sort((a, b) => bytes(b) - bytes(a) || b.connections - a.connections || a.port - b.port)
    .slice(0, count);
}

/** Limits of ranges in microseconds: 1, 2 and 5 times each power of 10, from 10 us to 5,000 s. */
const LIMITS: readonly number[] = Array.from({ length: 9 }, (_, power) =>
  [1, 2, 5].map((step) => step * 10 ** (power + 1)),
).flat();

/** Ratio of the largest to the smallest value below which ranges have equal widths. */
const NARROW = 10;
/** Approximate number of ranges with equal widths. */
const EQUAL_RANGES = 12;
/** Largest number of ranges up to the maximum: narrower ranges would show the histogram's buckets. */
const FINEST = 64;

/** Chooses the limits between ranges. */
function limitsFor({ min, max }: Histogram): readonly number[] {
  if (min === null || max === null || max >= NARROW * min) return LIMITS;
  const step = roundUp(Math.max(1, (max - min) / EQUAL_RANGES, max / FINEST));
  const first = Math.floor(min / step);
  return Array.from({ length: Math.floor(max / step) - first + 2 }, (_, i) => (first + i) * step);
}

/** Rounds up to 1, 2 or 5 times a power of 10. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5].find((step) => step * power >= value) ?? 10);
}

function distribution(histogram: Histogram): Distribution {
  const limits = limitsFor(histogram);
  const counts = histogram.countBetween(limits);
  const ranges = counts.map((count, i) => ({ from: limits[i - 1] ?? 0, to: limits[i] ?? null, count }));
  const first = counts.findIndex((count) => count > 0);
  const last = counts.findLastIndex((count) => count > 0);
  return {
    count: histogram.count,
    min: histogram.min,
    p5: histogram.quantile(0.05),
    p25: histogram.quantile(0.25),
    median: histogram.quantile(0.5),
    p75: histogram.quantile(0.75),
    p95: histogram.quantile(0.95),
    p99: histogram.quantile(0.99),
    max: histogram.max,
    ranges: first === -1 ? [] : ranges.slice(first, last + 1),
  };
}

function record<K extends string, V>(keys: readonly K[], value: (key: K) => V): Record<K, V> {
  return Object.fromEntries(keys.map((key) => [key, value(key)])) as Record<K, V>;
}
