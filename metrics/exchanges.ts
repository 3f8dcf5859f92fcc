import type { Registry } from 'prom-client';
import { type Level, level, type Tally, tally } from './by-label.js';
import { DurationHistogram, Durations } from './duration-histogram.js';
import { LookedUp, lookedUpCounter, lookedUpGauge, type SeriesValue } from './looked-up.js';

/** Ends of a connection that are this machine. */
export const EXCHANGE_SIDES = ['server', 'client', 'local', 'forwarded'] as const;
/** One of {@link EXCHANGE_SIDES}. */
export type ExchangeSide = (typeof EXCHANGE_SIDES)[number];

/** Methods of RFC 9110 §9.1 and RFC 5789; any other one is `other`. */
export const EXCHANGE_METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'other',
] as const;
/** One of {@link EXCHANGE_METHODS}. */
export type ExchangeMethod = (typeof EXCHANGE_METHODS)[number];

/** Classes of status codes. */
export const EXCHANGE_CODES = ['1xx', '2xx', '3xx', '4xx', '5xx', 'other'] as const;
/** One of {@link EXCHANGE_CODES}. */
export type ExchangeCode = (typeof EXCHANGE_CODES)[number];

/** Bounds of times in microseconds: from a cache on this machine to an answer that no client waits for. */
const BOUNDS_US = [
  ...[100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000],
  ...[1_000_000, 2_500_000, 5_000_000, 10_000_000, 30_000_000, 60_000_000],
];

/** HTTP exchanges of one port group and side, or of one host. */
export class ExchangeSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly requests: Record<ExchangeMethod, number> = zeros(EXCHANGE_METHODS);
  readonly responses: Record<ExchangeCode, number> = zeros(EXCHANGE_CODES);
  /** Times from a request's last byte to its answer's first. */
  readonly firstByte: Durations = new Durations(BOUNDS_US);
  /** Times from a request's first byte to its answer's last. */
  readonly duration: Durations = new Durations(BOUNDS_US);

  constructor(labels: Readonly<Record<string, string>>) {
    this.labels = labels;
  }
}

/** Figures of the captures of all network namespaces since the start. */
export interface PacketFigures {
  readonly packets: { readonly read: number; readonly dropped: number };
  readonly freezes: number;
  readonly gaps: number;
  readonly evictedFlows: number;
  readonly unpaired: Readonly<Record<string, number>>;
  readonly unparsed: Readonly<Record<string, number>>;
  readonly notHttp: Readonly<Record<string, number>>;
  readonly flows: number;
  readonly heldBytes: number;
}

/** Options of {@link createExchangeMetrics}. */
export interface ExchangeMetricsOptions {
  /** Port groups that share a port with those that are read, `other` included if it is one. */
  readonly portGroups: readonly string[];
  /** Hosts with metrics of their own. */
  readonly hosts: readonly string[];
}

/** Metrics of HTTP exchanges that were read from packets. */
export interface ExchangeMetrics {
  /** Returns the series of a port group and side. @throws RangeError for another port group than those given */
  seriesOf(portGroup: string, side: ExchangeSide): ExchangeSeries;
  /** Returns the series of a host; undefined for one that has none. */
  hostSeries(host: string): ExchangeSeries | undefined;
  readonly requestBodyBytes: Tally;
  readonly responseBodyBytes: Tally;
  /** Exchanges whose connection was found, and those whose was not. */
  readonly joined: Tally;
  readonly unjoined: Tally;
  /** Exchanges that the live API no longer has because there were too many. */
  readonly forgotten: Tally;
  /** Exchanges that the live API has. */
  readonly kept: Level;
  readonly figures: LookedUp<PacketFigures>;
}

const PORT_LABELS = ['port_group', 'side'];

/** Registers the metrics of HTTP exchanges. */
export function createExchangeMetrics(registry: Registry, options: ExchangeMetricsOptions): ExchangeMetrics {
  const byKey = new Map<string, ExchangeSeries>();
  for (const portGroup of options.portGroups) {
    for (const side of EXCHANGE_SIDES) {
      byKey.set(`${portGroup} ${side}`, new ExchangeSeries({ port_group: portGroup, side }));
    }
  }
  const hosts = new Map(options.hosts.map((host) => [host, new ExchangeSeries({ host })]));
  registerSeries(registry, [...byKey.values()], {
    labelNames: PORT_LABELS,
    prefix: 'tcpinfo_http',
    by: 'by port group of the server and the end that is this machine',
  });
  if (hosts.size > 0) {
    const by = 'by host, of the hosts in -http.hosts';
    registerSeries(registry, [...hosts.values()], { labelNames: ['host'], prefix: 'tcpinfo_http_host', by });
  }
  const bodies = registerBodies(registry);
  const joins = registerJoins(registry);
  const figures = new LookedUp<PacketFigures>();
  registerPackets(registry, figures);
  return {
    seriesOf(portGroup, side) {
      const found = byKey.get(`${portGroup} ${side}`);
      if (found === undefined) throw new RangeError(`no port group ${portGroup}`);
      return found;
    },
    hostSeries: (host) => hosts.get(host),
    ...bodies,
    ...joins,
    forgotten: tally(registry, {
      name: 'tcpinfo_http_exchanges_forgotten_total',
      help: 'Number of HTTP exchanges that the live API no longer has, because too many connections had some.',
    }),
    kept: level(registry, {
      name: 'tcpinfo_http_exchanges_kept',
      help: 'Number of HTTP exchanges that the live API has, at most 100 of a connection.',
    }),
    figures,
  };
}

function registerSeries(
  registry: Registry,
  series: readonly ExchangeSeries[],
  { labelNames, prefix, by }: { readonly labelNames: readonly string[]; readonly prefix: string; readonly by: string },
): void {
  lookedUpCounter(
    registry,
    { name: `${prefix}_requests_total`, help: `Number of HTTP requests read from packets, by method, ${by}.` },
    [...labelNames, 'method'],
    () => series.flatMap(({ labels, requests }) => values(EXCHANGE_METHODS, requests, labels, 'method')),
  );
  lookedUpCounter(
    registry,
    { name: `${prefix}_responses_total`, help: `Number of HTTP answers read from packets, by class of code, ${by}.` },
    [...labelNames, 'code'],
    () => series.flatMap(({ labels, responses }) => values(EXCHANGE_CODES, responses, labels, 'code')),
  );
  new DurationHistogram(
    registry,
    {
      name: `${prefix}_first_byte_seconds`,
      help: `Time from the last byte of an HTTP request to the first one of its answer at this machine, ${by}.`,
    },
    labelNames,
    () => series.map(({ labels, firstByte }) => ({ labels, durations: firstByte })),
  );
  new DurationHistogram(
    registry,
    {
      name: `${prefix}_duration_seconds`,
      help: `Time from the first byte of an HTTP request to the last one of its answer at this machine, ${by}.`,
    },
    labelNames,
    () => series.map(({ labels, duration }) => ({ labels, durations: duration })),
  );
}

function registerBodies(registry: Registry): Pick<ExchangeMetrics, 'requestBodyBytes' | 'responseBodyBytes'> {
  const [request, response] = [new Sum(), new Sum()];
  lookedUpCounter(
    registry,
    {
      name: 'tcpinfo_http_body_bytes_total',
      help: 'Number of bytes of bodies of HTTP messages with what frames them, by direction: request or response.',
    },
    ['direction'],
    () => [
      [{ direction: 'request' }, request.total],
      [{ direction: 'response' }, response.total],
    ],
  );
  return { requestBodyBytes: request, responseBodyBytes: response };
}

function registerJoins(registry: Registry): Pick<ExchangeMetrics, 'joined' | 'unjoined'> {
  const [joined, unjoined] = [new Sum(), new Sum()];
  lookedUpCounter(
    registry,
    {
      name: 'tcpinfo_http_joins_total',
      help: 'Number of HTTP exchanges by whether their connection is known: found, or none, as for traffic that passes through.',
    },
    ['result'],
    () => [
      [{ result: 'found' }, joined.total],
      [{ result: 'none' }, unjoined.total],
    ],
  );
  return { joined, unjoined };
}

/** Names, helps and labels of the counters that captures keep. */
const COUNTERS: readonly {
  readonly name: string;
  readonly help: string;
  readonly label?: string;
  readonly values: (figures: PacketFigures) => number | Readonly<Record<string, number>>;
}[] = [
  {
    name: 'tcpinfo_packets_total',
    help: 'Number of packets with HTTP ports that the kernel handed over (read), or dropped because its ring was full.',
    label: 'result',
    values: ({ packets }) => ({ ...packets }),
  },
  {
    name: 'tcpinfo_packet_ring_freezes_total',
    help: 'Number of times that the ring for packets was full.',
    values: ({ freezes }) => freezes,
  },
  {
    name: 'tcpinfo_packet_gaps_total',
    help: 'Number of holes in streams of bytes where the bytes were needed.',
    values: ({ gaps }) => gaps,
  },
  {
    name: 'tcpinfo_packet_evicted_flows_total',
    help: 'Number of connections that were given up while they were read from packets, because there were too many.',
    values: ({ evictedFlows }) => evictedFlows,
  },
  {
    name: 'tcpinfo_http_unpaired_total',
    help: 'Number of HTTP exchanges that are not whole, by the missing part or the reason.',
    label: 'missing',
    values: ({ unpaired }) => unpaired,
  },
  {
    name: 'tcpinfo_http_unparsed_total',
    help: 'Number of messages that are not HTTP/1.x as RFC 9112 has it, and of packets that are not IP or TCP, by reason.',
    label: 'reason',
    values: ({ unparsed }) => unparsed,
  },
  {
    name: 'tcpinfo_http_not_http_total',
    help: 'Number of connections on HTTP ports that are not HTTP/1.x and are not read any further: tls, http2 or other.',
    label: 'is',
    values: ({ notHttp }) => notHttp,
  },
];

function registerPackets(registry: Registry, lookedUp: LookedUp<PacketFigures>): void {
  for (const { name, help, label, values: read } of COUNTERS) {
    lookedUpCounter(registry, { name, help }, label === undefined ? [] : [label], () => {
      const figures = lookedUp.get();
      return figures === undefined ? [] : seriesOf(read(figures), label);
    });
  }
  const gauge = (name: string, help: string, read: (figures: PacketFigures) => number): void =>
    lookedUpGauge(registry, { name, help }, [], () => {
      const figures = lookedUp.get();
      return figures === undefined ? [] : [[{}, read(figures)]];
    });
  gauge('tcpinfo_packet_flows', 'Number of connections that are read from packets.', ({ flows }) => flows);
  gauge(
    'tcpinfo_packet_held_bytes',
    'Number of bytes of packets in memory that wait for earlier ones.',
    ({ heldBytes }) => heldBytes,
  );
}

function seriesOf(value: number | Readonly<Record<string, number>>, label: string | undefined): SeriesValue[] {
  if (typeof value === 'number') return [[{}, value]];
  return Object.entries(value).map(([each, count]) => [{ [label ?? 'value']: each }, count]);
}

function values<V extends string>(
  all: readonly V[],
  counts: Readonly<Record<V, number>>,
  labels: Readonly<Record<string, string>>,
  label: string,
): SeriesValue[] {
  return all.map((value) => [{ ...labels, [label]: value }, counts[value]]);
}

function zeros<V extends string>(all: readonly V[]): Record<V, number> {
  return Object.fromEntries(all.map((value) => [value, 0])) as Record<V, number>;
}

/** Sum that only grows. */
class Sum implements Tally {
  total = 0;

  inc(by = 1): void {
    this.total += by;
  }
}
