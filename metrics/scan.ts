import { Gauge, Histogram, type Registry } from 'prom-client';
import { type CounterBy, counterBy, type GaugeBy, gaugeBy } from './by-label.js';

/** How a scan ended. A failed one reports changes, but nothing is taken to have ended because of it. */
export const SCAN_RESULTS = ['complete', 'failed'] as const;
export type ScanResult = (typeof SCAN_RESULTS)[number];

/**
 * Why a beat passed without a scan: scans take too long, earlier ones still waited to be taken in, the disk was too slow
 * for what they bring, or they would take more CPU time than they may.
 */
export const SKIP_REASONS = ['late', 'backlog', 'pressure', 'budget'] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** Address families of `tcpinfo_scan_sockets`. */
export const SOCKET_FAMILIES = ['ipv4', 'ipv6'] as const;
export type SocketFamily = (typeof SOCKET_FAMILIES)[number];

/** What made a scan fail; see {@link scanFailureLabel}. */
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

/** Why a netlink message was thrown away: too short or not the type asked for, attributes broken, or not our answer. */
export const DISCARD_REASONS = ['unexpected', 'malformed', 'stray'] as const;
export type DiscardReason = (typeof DISCARD_REASONS)[number];

/** Why an attribute was left out of a record. */
export const OMITTED_REASONS = ['secret', 'number'] as const;
export type OmittedReason = (typeof OMITTED_REASONS)[number];

/** Why a record was published. */
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

/** Seconds. Fine around the usual 10 ms beat, where a scan begins to cost beats. */
const DURATION_BUCKETS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.05, 0.1, 0.5, 1,
];

/** Seconds. The poll thread wakes within a tenth of a millisecond on an idle machine. */
const LATENESS_BUCKETS = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1];

/** The beat: what was asked of the kernel, when, and what came back. */
export interface ScanMetrics {
  /** Scans by how they ended. */
  readonly scans: CounterBy<ScanResult>;
  /** Length of a scan, seconds. */
  readonly duration: Histogram;
  /** How long after its beat a scan began, seconds. */
  readonly lateness: Histogram;
  /** Beats without a scan. */
  readonly beatsSkipped: CounterBy<SkipReason>;
  /** The configured beat, seconds. */
  readonly interval: Gauge;
  /** Time between two scans as it is at present, seconds. */
  readonly effectiveInterval: Gauge;
  /** Walks over the kernel's table that one scan takes: 1, or 2 where each family is asked for by itself. */
  readonly walks: Gauge;
  /** Sockets in the last scan, without those that the kernel itself leaves out. */
  readonly sockets: GaugeBy<SocketFamily>;
  /** When the last complete scan ended, seconds since 1970. 0 before the first. */
  readonly lastSuccess: Gauge;
  /** Failed scans by cause. */
  readonly failures: CounterBy<ScanFailureLabel>;
  /** Batches of scanned sockets that wait to be taken in. */
  readonly batchesPending: Gauge;
  /** Most batches that may wait before beats are held back. */
  readonly batchesLimit: Gauge;
  /** Most bytes of batches that may wait before beats are held back. */
  readonly batchesLimitBytes: Gauge;
  /** Attributes left out of records: the TCP-MD5 key, or a number beyond what is archived. */
  readonly attributesOmitted: CounterBy<OmittedReason>;
  /** Netlink messages thrown away. */
  readonly messagesDiscarded: CounterBy<DiscardReason>;
  /** Records published, by what changed. */
  readonly changes: CounterBy<ChangeReasonLabel>;
  /** Connections being recorded. */
  readonly connections: Gauge;
  /** Bytes of the program with which the kernel leaves sockets out of scans; 0 when there is none. */
  readonly kernelFilterBytes: Gauge;
  /** Living sockets that were copied from the kernel and are kept out of archives and events. */
  readonly connectionsExcluded: Gauge;
}

/** The label of a scan failure's code: `ERR_TRUNCATED` is `truncated`; a code that is not known is `other`. */
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
      { name: 'tcpinfo_scans_total', help: 'Number of scans of the TCP socket table, by how they ended.' },
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
        help: 'Number of beats without a scan: the one before was late, a backlog of scans had to be taken in first, too much waited for the disk, or the CPU budget was used up.',
      },
      'reason',
      SKIP_REASONS,
    ),
    interval: gauge('tcpinfo_scan_interval_seconds', 'Configured time between two scans.'),
    effectiveInterval: gauge(
      'tcpinfo_scan_effective_interval_seconds',
      'Time between two scans at present: longer than configured where scans take too long or too much CPU time, or too much waits for the disk.',
    ),
    walks: gauge('tcpinfo_scan_walks', 'Number of walks over the socket table that one scan takes.'),
    sockets: gaugeBy(
      registry,
      {
        name: 'tcpinfo_scan_sockets',
        help: 'Number of TCP sockets that the last scan found, without those that the kernel left out.',
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
    batchesPending: gauge('tcpinfo_scan_batches_pending', 'Number of scans whose result waits to be taken in.'),
    batchesLimit: gauge(
      'tcpinfo_scan_batches_pending_limit',
      'Number of scans that may wait to be taken in before beats are held back.',
    ),
    batchesLimitBytes: gauge(
      'tcpinfo_scan_batches_pending_limit_bytes',
      'Number of bytes of scans that may wait to be taken in before beats are held back.',
    ),
    attributesOmitted: counterBy(
      registry,
      {
        name: 'tcpinfo_attributes_omitted_total',
        help: 'Number of attributes left out of records: secret keys, or numbers beyond what is archived.',
      },
      'reason',
      OMITTED_REASONS,
    ),
    messagesDiscarded: counterBy(
      registry,
      {
        name: 'tcpinfo_messages_discarded_total',
        help: 'Number of netlink messages thrown away: too short or of another type, malformed, or stray.',
      },
      'reason',
      DISCARD_REASONS,
    ),
    changes: counterBy(
      registry,
      { name: 'tcpinfo_changes_total', help: 'Number of records published, by what had changed.' },
      'reason',
      CHANGE_REASONS,
    ),
    connections: gauge('tcpinfo_connections', 'Number of connections that are being recorded.'),
    kernelFilterBytes: gauge(
      'tcpinfo_scan_kernel_filter_bytes',
      'Number of bytes of the program with which the kernel leaves excluded sockets out of scans, 0 when it runs none.',
    ),
    connectionsExcluded: gauge(
      'tcpinfo_connections_excluded',
      'Number of living sockets that are not recorded though the kernel showed them.',
    ),
  };
}
