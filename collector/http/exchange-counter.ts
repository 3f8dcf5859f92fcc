import type { HttpExchange, HttpSide, PortRange } from '../../http/index.js';
import {
  EXCHANGE_METHODS,
  type ExchangeCode,
  type ExchangeMethod,
  type ExchangeMetrics,
  type ExchangeSeries,
  type ExchangeSide,
  OTHER_PORTS,
} from '../../metrics/index.js';

/** Ports that are counted together, under a name. */
export interface NamedPorts extends PortRange {
  readonly text: string;
}

const PORTS = 65_536;
/** Classes of codes by their first digit. */
const CODES: readonly ExchangeCode[] = ['other', '1xx', '2xx', '3xx', '4xx', '5xx'];
const METHODS: ReadonlyMap<string, ExchangeMethod> = new Map(EXCHANGE_METHODS.map((method) => [method, method]));

/**
 * Returns the names of the port groups that servers on some ports may be in, `other` last.
 * @param groups groups without common ports
 * @param ports ports of servers, without common ports
 */
export function groupsOfPorts(groups: readonly NamedPorts[], ports: readonly PortRange[]): string[] {
  let inGroups = 0;
  const shared = groups.filter((group) => {
    const count = ports.reduce((sum, range) => sum + sharedPorts(group, range), 0);
    inGroups += count;
    return count > 0;
  });
  const all = ports.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  return [...shared.map(({ text }) => text), ...(inGroups < all ? [OTHER_PORTS] : [])];
}

function sharedPorts(a: PortRange, b: PortRange): number {
  return Math.max(0, Math.min(a.last, b.last) - Math.max(a.first, b.first) + 1);
}

/** Counts exchanges in metrics. */
export class ExchangeCounter {
  readonly #metrics: ExchangeMetrics;
  /** Name of the group of each port; a port without one is in `other`. */
  readonly #groupOf: readonly string[];
  readonly #series = new Map<string, ExchangeSeries>();

  /** @param groups groups without common ports */
  constructor(metrics: ExchangeMetrics, groups: readonly NamedPorts[]) {
    this.#metrics = metrics;
    const groupOf = new Array<string>(PORTS).fill(OTHER_PORTS);
    for (const { text, first, last } of groups) groupOf.fill(text, first, last + 1);
    this.#groupOf = groupOf;
  }

  /** Counts an exchange. */
  add(exchange: HttpExchange): void {
    const metrics = this.#metrics;
    count(this.#seriesOf(exchange), exchange);
    const host = metrics.hostSeries(exchange.host);
    if (host !== undefined) count(host, exchange);
    metrics.requestBodyBytes.inc(exchange.requestBytes?.body ?? 0);
    metrics.responseBodyBytes.inc(exchange.responseBytes?.body ?? 0);
    (exchange.connection === null ? metrics.unjoined : metrics.joined).inc();
  }

  #seriesOf({ server, side }: HttpExchange): ExchangeSeries {
    const port = server.slice(server.lastIndexOf(':') + 1);
    const key = `${port} ${side}`;
    let series = this.#series.get(key);
    if (series === undefined) {
      series = this.#metrics.seriesOf(this.#groupOf[Number(port)] ?? OTHER_PORTS, sideOf(side));
      this.#series.set(key, series);
    }
    return series;
  }
}

function count(series: ExchangeSeries, { method, status, missing, ttfbUs, durationUs }: HttpExchange): void {
  if (method !== null) series.requests[METHODS.get(method) ?? 'other']++;
  if (status !== null) series.responses[CODES[Math.floor(status / 100)] ?? 'other']++;
  // Times of exchanges that are not whole are not times of the server.
  if (missing !== null) return;
  if (ttfbUs !== null) series.firstByte.observe(ttfbUs);
  if (durationUs !== null) series.duration.observe(durationUs);
}

/** Without its addresses a machine is at neither end, as far as is known. */
function sideOf(side: HttpSide): ExchangeSide {
  return side === 'unknown' ? 'forwarded' : side;
}
