import { Registry } from 'prom-client';
import { createBuildMetrics } from './build.js';
import { DurationHistogram, type DurationSeries, Durations } from './duration-histogram.js';
import { createHttpMetrics, type HttpMetrics } from './http.js';
import { createProcessMetrics } from './process.js';
import { createScrapeMetrics, type ScrapeMetrics } from './reference.js';
import { createServiceFigures, type ServiceFigures } from './service-figures.js';

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
  const figures = createServiceFigures(registry, look);
  const connect = new DurationsByService(figures);
  const rtt = new DurationsByService(figures);
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
