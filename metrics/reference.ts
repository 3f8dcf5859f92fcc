import { Gauge, Histogram, type Registry } from 'prom-client';
import { COUNT_BUCKETS, POLLING_INTERVAL_BUCKETS, RATE_BUCKETS, SYSCALL_TIME_BUCKETS } from './buckets.js';
import { type CounterBy, counterBy, type HistogramBy, histogramBy, type Tally, tally } from './by-label.js';

/** Address family, as the reference's `af` label names it. */
export type AddressFamilyLabel = 'ipv4' | 'ipv6';

/** Flow event, as `tcpinfo_flow_events_total` names it. */
export type FlowEventLabel = 'open' | 'close';

/** Status code that the scrape counter shows as zero from the start. */
export type ScrapeCode = '200' | '500' | '503';

/** Metrics of the page of metrics, as Prometheus' own library for Go names them. */
export interface ScrapeMetrics {
  /** `promhttp_metric_handler_requests_total`: scrapes answered, by HTTP status. */
  readonly scrapes: CounterBy<ScrapeCode>;
  /** `promhttp_metric_handler_requests_in_flight`: scrapes being answered, including the one that reads this. */
  readonly scrapesInFlight: Gauge;
}

/**
 * Metrics of m-lab/tcp-info v1.9.0, with the names, labels, help texts and buckets that dashboards know. As in the
 * reference, families with a label show nothing before their first use, so `tcpinfo_flow_events_total` appears only
 * with the event socket.
 */
export interface ReferenceMetrics extends ScrapeMetrics {
  /** `tcpinfo_syscall_time_histogram`: duration of the dump that contained this family, seconds. */
  readonly syscallTime: HistogramBy<AddressFamilyLabel>;
  /** `tcpinfo_polling_interval_histogram`: from the start of one scan to the start of the next, seconds. */
  readonly pollingInterval: Histogram;
  /**
   * `tcpinfo_connection_count_histogram`: sockets of the family in one scan, including excluded ones that were dumped.
   */
  readonly connectionCount: HistogramBy<AddressFamilyLabel>;
  /** `tcpinfo_cache_count_histogram`: connections in the cache after one scan. */
  readonly cacheCount: Histogram;
  /** `tcpinfo_send_rate_histogram`: bits per second sent by all connections together, once a second. */
  readonly sendRate: Histogram;
  /** `tcpinfo_receive_rate_histogram`: bits per second received by all connections together, once a second. */
  readonly receiveRate: Histogram;
  /** `tcpinfo_error_total`: errors by a short description out of a bounded set. */
  readonly errors: CounterBy<string>;
  /** `tcpinfo_new_file_total`: archives opened. */
  readonly newFiles: Tally;
  /** `tcpinfo_snapshot_total`: records handed to the archive. */
  readonly snapshots: Tally;
  /** `tcpinfo_flow_events_total`: flows opened and closed while the event socket is on, with or without clients. */
  readonly flowEvents: CounterBy<FlowEventLabel>;
}

/** Registers the reference's metrics. `commit` is the short git hash that `git_short_commit` shows as a number. */
export function createReferenceMetrics(registry: Registry, commit: string): ReferenceMetrics {
  const registers = [registry];
  const gitShortCommit = new Gauge({
    name: 'git_short_commit',
    help: 'The git commit interpreted as a number.',
    labelNames: ['commit'],
    registers,
  });
  gitShortCommit.set({ commit }, /^[0-9a-f]{1,12}$/i.test(commit) ? Number.parseInt(commit, 16) : 0);
  return {
    ...createScanHistograms(registry),
    errors: counterBy(
      registry,
      { name: 'tcpinfo_error_total', help: 'The total number of errors encountered.' },
      'type',
      [],
    ),
    newFiles: tally(registry, { name: 'tcpinfo_new_file_total', help: 'Number of files created.' }),
    snapshots: tally(registry, { name: 'tcpinfo_snapshot_total', help: 'Number of snapshots taken.' }),
    flowEvents: counterBy(
      registry,
      { name: 'tcpinfo_flow_events_total', help: 'Number of flow events by event type.' },
      'event',
      [],
    ),
    ...createScrapeMetrics(registry),
  };
}

/** Registers the metrics of the page. */
export function createScrapeMetrics(registry: Registry): ScrapeMetrics {
  return {
    scrapes: counterBy(
      registry,
      {
        name: 'promhttp_metric_handler_requests_total',
        help: 'Total number of scrapes by HTTP status code.',
      },
      'code',
      ['200', '500', '503'],
    ),
    scrapesInFlight: new Gauge({
      name: 'promhttp_metric_handler_requests_in_flight',
      help: 'Current number of scrapes being served.',
      registers: [registry],
    }),
  };
}

type ScanHistograms = Pick<
  ReferenceMetrics,
  'syscallTime' | 'pollingInterval' | 'connectionCount' | 'cacheCount' | 'sendRate' | 'receiveRate'
>;

function createScanHistograms(registry: Registry): ScanHistograms {
  const histogram = (name: string, help: string, buckets: readonly number[]) =>
    new Histogram({ name, help, buckets: [...buckets], registers: [registry] });
  return {
    syscallTime: histogramBy(
      registry,
      { name: 'tcpinfo_syscall_time_histogram', help: 'netlink syscall latency distribution (seconds)' },
      'af',
      SYSCALL_TIME_BUCKETS,
    ),
    pollingInterval: histogram(
      'tcpinfo_polling_interval_histogram',
      'netlink polling interval distribution (seconds)',
      POLLING_INTERVAL_BUCKETS,
    ),
    connectionCount: histogramBy(
      registry,
      { name: 'tcpinfo_connection_count_histogram', help: 'connection count histogram' },
      'af',
      COUNT_BUCKETS,
    ),
    cacheCount: histogram('tcpinfo_cache_count_histogram', 'cache connection count histogram', COUNT_BUCKETS),
    sendRate: histogram('tcpinfo_send_rate_histogram', 'send rate histogram', RATE_BUCKETS),
    receiveRate: histogram('tcpinfo_receive_rate_histogram', 'receive rate histogram', RATE_BUCKETS),
  };
}
