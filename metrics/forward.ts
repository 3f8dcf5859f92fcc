import { Registry } from 'prom-client';
import { createBuildMetrics } from './build.js';
import { DurationHistogram, type DurationSeries, Durations } from './duration-histogram.js';
import { createHttpMetrics, type HttpMetrics } from './http.js';
import { lookedUpCounter, lookedUpGauge, type SeriesValue } from './looked-up.js';
import { createProcessMetrics } from './process.js';
import { createScrapeMetrics, type ScrapeMetrics } from './reference.js';

/** Figures of one service by now. */
export interface ServiceFigures {
  /** Name of the service. */
  readonly service: string;
  readonly connections: number;
  readonly clients: number;
  readonly accepted: number;
  /** Number of connections by the reason why they were not admitted; every reason is there. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Number of ended connections by reason; every reason is there. */
  readonly closed: Readonly<Record<string, number>>;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** Options of {@link createForwardMetrics}. */
export interface ForwardMetricsOptions {
  /** Version of the program. */
  readonly version: string;
  /** Returns the figures of all services; called once for each page. */
  readonly look: () => readonly ServiceFigures[];
}

/** Metrics of the forwarder. */
export interface ForwardMetrics {
  readonly registry: Registry;
  readonly reference: ScrapeMetrics;
  readonly http: HttpMetrics;
  /** Counts the time that a backend took to accept, in µs. */
  connected(service: string, connectUs: number): void;
  /** Counts the round-trip time of an ended connection's client, in µs. */
  roundTrip(service: string, rttUs: number): void;
}

/** Upper bounds of durations in µs: 100 µs to 10 s, three in each decade. */
const BOUNDS_US: readonly number[] = [100, 1_000, 10_000, 100_000, 1_000_000]
  .flatMap((us) => [us, us * 2.5, us * 5])
  .concat(10_000_000);

/** Creates a registry with the metrics of the forwarder. Labels are bounded by the configuration. */
export function createForwardMetrics({ version, look }: ForwardMetricsOptions): ForwardMetrics {
  const registry = new Registry();
  createProcessMetrics(registry);
  createBuildMetrics(registry, version);
  let figures: readonly ServiceFigures[] = [];
  const labels = ({ service }: ServiceFigures): Readonly<Record<string, string>> => ({ service });
  const one = (value: (of: ServiceFigures) => number) => (): SeriesValue[] =>
    figures.map((each) => [labels(each), value(each)]);
  const byReason = (counts: (of: ServiceFigures) => Readonly<Record<string, number>>) => (): SeriesValue[] =>
    figures.flatMap((each) =>
      Object.entries(counts(each)).map(([reason, count]): SeriesValue => [{ ...labels(each), reason }, count]),
    );
  lookedUpGauge(
    registry,
    { name: 'tcpinfo_service_connections', help: 'Number of open connections of a service.' },
    ['service'],
    () => {
      // The registry collects in the order of registration: all others show what this one has read.
      figures = look();
      return one(({ connections }) => connections)();
    },
  );
  lookedUpGauge(
    registry,
    { name: 'tcpinfo_service_clients', help: 'Number of clients with an open connection of a service.' },
    ['service'],
    one(({ clients }) => clients),
  );
  const counter = (name: string, help: string, names: readonly string[], series: () => SeriesValue[]): void =>
    lookedUpCounter(registry, { name: `tcpinfo_service_${name}_total`, help }, names, series);
  counter(
    'accepted',
    'Number of connections that a service admitted.',
    ['service'],
    one(({ accepted }) => accepted),
  );
  counter(
    'rejected',
    'Number of connections that a service did not admit, by reason.',
    ['service', 'reason'],
    byReason(({ rejected }) => rejected),
  );
  counter(
    'closed',
    'Number of admitted connections of a service that have ended, by reason.',
    ['service', 'reason'],
    byReason(({ closed }) => closed),
  );
  counter(
    'received_bytes',
    'Number of bytes that a service received from clients, of open connections too.',
    ['service'],
    one(({ receivedBytes }) => receivedBytes),
  );
  counter(
    'sent_bytes',
    'Number of bytes that a service sent to clients, of open connections too.',
    ['service'],
    one(({ sentBytes }) => sentBytes),
  );
  const connect = new DurationsByService(() => figures);
  const rtt = new DurationsByService(() => figures);
  const histogram = (name: string, help: string, of: DurationsByService): unknown =>
    new DurationHistogram(registry, { name: `tcpinfo_service_${name}_seconds`, help }, ['service'], () => of.series());
  histogram('connect', 'Time that the backend of a service took to accept a connection.', connect);
  histogram('rtt', 'Smoothed round-trip time to the client at the end of a connection.', rtt);
  return {
    registry,
    reference: createScrapeMetrics(registry),
    http: createHttpMetrics(registry),
    connected: (service, us) => connect.observe(service, us),
    roundTrip: (service, us) => rtt.observe(service, us),
  };
}

/** Durations of each service; those of removed services are forgotten at the next page. */
class DurationsByService {
  readonly #figures: () => readonly ServiceFigures[];
  readonly #byName = new Map<string, Durations>();

  constructor(figures: () => readonly ServiceFigures[]) {
    this.#figures = figures;
  }

  observe(service: string, us: number): void {
    const durations = this.#byName.get(service) ?? new Durations(BOUNDS_US);
    this.#byName.set(service, durations);
    durations.observe(Math.round(us));
  }

  series(): DurationSeries[] {
    const names = new Set(this.#figures().map(({ service }) => service));
    for (const name of this.#byName.keys()) if (!names.has(name)) this.#byName.delete(name);
    return Array.from(this.#byName, ([service, durations]) => ({ labels: { service }, durations }));
  }
}
