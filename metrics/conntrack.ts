import type { Registry } from 'prom-client';
import { type CounterBy, counterBy } from './by-label.js';
import { LookedUp, lookedUpCounter, lookedUpGauge } from './looked-up.js';

/** Counters of the table of connection tracking: name in {@link ConntrackFigures}, name of the metric, and help. */
const COUNTERS = {
  found: ['found', 'Number of lookups in the table of connection tracking that found a flow.'],
  invalid: ['invalid', 'Number of packets that connection tracking could not track.'],
  insertFailed: [
    'insert_failed',
    'Number of flows that were not put into the table of connection tracking because it has an equal one; their packet is dropped.',
  ],
  dropped: ['dropped', 'Number of packets dropped because the table of connection tracking was full, or memory short.'],
  earlyDropped: ['early_dropped', 'Number of flows that connection tracking dropped to make room for new ones.'],
  errors: ['errors', 'Number of packets with errors, such as wrong checksums, that connection tracking met.'],
  searchRestarts: [
    'search_restarts',
    'Number of lookups in the table of connection tracking that began anew because the table changed its size.',
  ],
  clashesResolved: ['clashes_resolved', 'Number of packets whose flow was merged with an equal one of another CPU.'],
  chainTooLong: [
    'chain_too_long',
    'Number of flows that were not put into the table of connection tracking because their bucket was too long.',
  ],
} as const;

/** Figures of the table of connection tracking. What the kernel does not have is absent. */
export interface ConntrackFigures {
  readonly entries: number;
  readonly limit?: number;
  readonly counters: Readonly<Partial<Record<keyof typeof COUNTERS, number>>>;
}

const OWN_NAMESPACE = "in the connection tracking of the collector's network namespace";

/** Registers the metrics of the table of connection tracking. They are read at each scrape. */
export function registerConntrackTable(registry: Registry): LookedUp<ConntrackFigures> {
  const lookedUp = new LookedUp<ConntrackFigures>();
  let figures: ConntrackFigures | undefined;
  const gauge = (name: string, help: string, value: () => number | undefined): void =>
    lookedUpGauge(registry, { name: `tcpinfo_conntrack_${name}`, help }, [], () => seriesOf(value()));
  gauge('entries', `Number of flows ${OWN_NAMESPACE}.`, () => {
    // The registry collects in the order of registration: all others show what this one has read.
    figures = lookedUp.get();
    return figures?.entries;
  });
  gauge('entries_limit', `Number of flows that fit ${OWN_NAMESPACE}.`, () => figures?.limit);
  for (const [key, [name, help]] of Object.entries(COUNTERS)) {
    lookedUpCounter(registry, { name: `tcpinfo_conntrack_${name}_total`, help }, [], () =>
      seriesOf(figures?.counters[key as keyof typeof COUNTERS]),
    );
  }
  return lookedUp;
}

function seriesOf(value: number | undefined): (readonly [Readonly<Record<string, string>>, number])[] {
  return value === undefined ? [] : [[{}, value]];
}

/** Results of looking up the flow of a connection. */
export const CONNTRACK_LOOKUP_RESULTS = ['found', 'none', 'failed'] as const;
/** One of {@link CONNTRACK_LOOKUP_RESULTS}. */
export type ConntrackLookupResult = (typeof CONNTRACK_LOOKUP_RESULTS)[number];

/** Metrics of looking up the flows of connections. */
export interface ConntrackMetrics {
  readonly lookups: CounterBy<ConntrackLookupResult>;
}

/** Registers the metrics of looking up the flows of connections. */
export function createConntrackMetrics(registry: Registry): ConntrackMetrics {
  return {
    lookups: counterBy(
      registry,
      {
        name: 'tcpinfo_conntrack_lookups_total',
        help: 'Number of connections whose flow in connection tracking was looked up, by result: found, none, or failed, also when too many waited.',
      },
      'result',
      CONNTRACK_LOOKUP_RESULTS,
    ),
  };
}
