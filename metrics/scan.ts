import { Gauge, Histogram, type Registry } from 'prom-client';
import { type CounterBy, counterBy, type GaugeBy, gaugeBy } from './by-label.js';

/** Results of a scan. A failed scan reports changes but never ends connections. */
export const SCAN_RESULTS = ['complete', 'failed'] as const;
export type ScanResult = (typeof SCAN_RESULTS)[number];

/**
 * Reasons for a beat without a scan. late: scans take too long; backlog: earlier scans are not processed yet; pressure:
 * the disk is too slow for the records; budget: the CPU budget is used up.
 */
export const SKIP_REASONS = ['late', 'backlog', 'pressure', 'budget'] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** Address families of `tcpinfo_scan_sockets`. */
export const SOCKET_FAMILIES = ['ipv4', 'ipv6'] as const;
export type SocketFamily = (typeof SOCKET_FAMILIES)[number];

/** Causes of failed scans; see {@link scanFailureLabel}. */
export const SCAN_FAILURES = [
  'socket',
  'send',
  'receive',
  'truncated',
  'refused',
  'done',
  'interrupted',
  'malformed',
  'timeout',
  'full',
  'other',
] as const;
export type ScanFailureLabel = (typeof SCAN_FAILURES)[number];

/**
 * Reasons for discarding a netlink message. unexpected: too short or of another type; malformed: broken attributes;
 * stray: not an answer to our request.
 */
export const DISCARD_REASONS = ['unexpected', 'malformed', 'stray'] as const;
export type DiscardReason = (typeof DISCARD_REASONS)[number];

/** Reasons for leaving an attribute out of a record. */
export const OMITTED_REASONS = ['secret', 'number'] as const;
export type OmittedReason = (typeof OMITTED_REASONS)[number];

/** Reasons for publishing a record. */
export const CHANGE_REASONS = [
  'new',
  'state_change',
  'no_tcp_info',
  'new_attribute',
  'lost_attribute',
  'attribute_length',
  'state_or_counter_change',
  'other',
] as const;
export type ChangeReasonLabel = (typeof CHANGE_REASONS)[number];

/** Bounds in seconds, dense around the default 10 ms beat, where a scan begins to cost beats. */
const DURATION_BUCKETS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.05, 0.1, 0.5, 1,
];

/** Bounds in seconds. On an idle machine the poll thread wakes within a tenth of a millisecond. */
const LATENESS_BUCKETS = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1];

/** Metrics of the scan loop. */
export interface ScanMetrics {
  /** Scans by result. */
  readonly scans: CounterBy<ScanResult>;
  /** Duration of a scan, seconds. */
  readonly duration: Histogram;
  /** Delay of a scan after its beat, seconds. */
  readonly lateness: Histogram;
  /** Beats without a scan. */
  readonly beatsSkipped: CounterBy<SkipReason>;
  /** The configured beat, seconds. */
  readonly interval: Gauge;
  /** Current time between two scans, seconds. */
  readonly effectiveInterval: Gauge;
  /** Walks over the kernel's socket table per scan: 1, or 2 if each family needs its own request. */
  readonly walks: Gauge;
  /** Sockets in the last scan, without those that the kernel filtered. */
  readonly sockets: GaugeBy<SocketFamily>;
  /** End of the last complete scan, seconds since 1970; 0 before the first. */
  readonly lastSuccess: Gauge;
  /** Failed scans by cause. */
  readonly failures: CounterBy<ScanFailureLabel>;
  /** Batches of scanned sockets that wait to be processed. */
  readonly batchesPending: Gauge;
  /** Limit of waiting batches; at the limit beats are skipped. */
  readonly batchesLimit: Gauge;
  /** Limit of bytes in waiting batches; at the limit beats are skipped. */
  readonly batchesLimitBytes: Gauge;
  /** Attributes left out of records: the TCP-MD5 key, or an attribute number beyond the archived ones. */
  readonly attributesOmitted: CounterBy<OmittedReason>;
  /** Netlink messages that were discarded. */
  readonly messagesDiscarded: CounterBy<DiscardReason>;
  /** Records published, by the change that caused them. */
  readonly changes: CounterBy<ChangeReasonLabel>;
  /** Connections being recorded. */
  readonly connections: Gauge;
  /** Size of the filter program that excludes sockets in the kernel, in bytes; 0 without a program. */
  readonly kernelFilterBytes: Gauge;
  /** Open sockets that the kernel dumped and that are excluded from archives and events. */
  readonly connectionsExcluded: Gauge;
}

/** Returns the label of a scan failure's code: `ERR_TRUNCATED` is `truncated`; an unknown code is `other`. */
export function scanFailureLabel(code: string): ScanFailureLabel {
  const label = code.replace(/^ERR_/, '').toLowerCase();
  return SCAN_FAILURES.find((known) => known === label) ?? 'other';
}

/** Registers the metrics of the scan loop. */
export function createScanMetrics(registry: Registry): ScanMetrics {
  const registers = [registry];
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  return {
    scans: counterBy(
      registry,
      { name: 'tcpinfo_scans_total', help: 'Number of scans of the TCP socket table, by result.' },
      'result',
      SCAN_RESULTS,
    ),
    duration: new Histogram({
      name: 'tcpinfo_scan_duration_seconds',
      help: 'Time that a scan of the TCP socket table took.',
      buckets: DURATION_BUCKETS,
      registers,
    }),
    lateness: new Histogram({
      name: 'tcpinfo_scan_lateness_seconds',
      help: 'Time between the beat at which a scan was due and its start.',
      buckets: LATENESS_BUCKETS,
      registers,
    }),
    beatsSkipped: counterBy(
      registry,
      {
        name: 'tcpinfo_scan_beats_skipped_total',
        help: 'Number of beats without a scan: the scan before was late, a backlog of scans had to be processed first, too much data waited for the disk, or the CPU budget was used up.',
      },
      'reason',
      SKIP_REASONS,
    ),
    interval: gauge('tcpinfo_scan_interval_seconds', 'Configured time between two scans.'),
    effectiveInterval: gauge(
      'tcpinfo_scan_effective_interval_seconds',
      'Current time between two scans: longer than configured if scans take too long or too much CPU time, or if too much data waits for the disk.',
    ),
    walks: gauge('tcpinfo_scan_walks', 'Number of walks over the socket table that one scan takes.'),
    sockets: gaugeBy(
      registry,
      {
        name: 'tcpinfo_scan_sockets',
        help: 'Number of TCP sockets in the last scan, without those that the kernel filtered.',
      },
      'family',
      SOCKET_FAMILIES,
    ),
    lastSuccess: gauge(
      'tcpinfo_scan_last_success_timestamp_seconds',
      'Time at which the last complete scan ended, in seconds since 1970.',
    ),
    failures: counterBy(
      registry,
      { name: 'tcpinfo_scan_failures_total', help: 'Number of scans that failed, by cause.' },
      'code',
      SCAN_FAILURES,
    ),
    batchesPending: gauge('tcpinfo_scan_batches_pending', 'Number of scans whose result waits to be processed.'),
    batchesLimit: gauge(
      'tcpinfo_scan_batches_pending_limit',
      'Number of scans that may wait to be processed before beats are skipped.',
    ),
    batchesLimitBytes: gauge(
      'tcpinfo_scan_batches_pending_limit_bytes',
      'Number of bytes of scans that may wait to be processed before beats are skipped.',
    ),
    attributesOmitted: counterBy(
      registry,
      {
        name: 'tcpinfo_attributes_omitted_total',
        help: 'Number of attributes left out of records: secret keys, or attributes with a number too high for archives.',
      },
      'reason',
      OMITTED_REASONS,
    ),
    messagesDiscarded: counterBy(
      registry,
      {
        name: 'tcpinfo_messages_discarded_total',
        help: 'Number of netlink messages discarded: too short or of another type, malformed, or stray.',
      },
      'reason',
      DISCARD_REASONS,
    ),
    changes: counterBy(
      registry,
      { name: 'tcpinfo_changes_total', help: 'Number of records published, by the change that caused them.' },
      'reason',
      CHANGE_REASONS,
    ),
    connections: gauge('tcpinfo_connections', 'Number of connections that are being recorded.'),
    kernelFilterBytes: gauge(
      'tcpinfo_scan_kernel_filter_bytes',
      'Size of the filter program that excludes sockets in the kernel, in bytes; 0 without a program.',
    ),
    connectionsExcluded: gauge(
      'tcpinfo_connections_excluded',
      'Number of open sockets that the kernel reported but that are excluded from records.',
    ),
  };
}
