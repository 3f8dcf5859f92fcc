// Rows of the dashboard about the health of the collector.
import { COLLECTORS as C, graph, limits, query, tile } from './panels.mjs';

const RATE = '$__rate_interval';
const quantile = (q, metric) =>
  `histogram_quantile(${q}, sum by (instance, le) (rate(${metric}_bucket{${C}}[${RATE}])))`;
const lost = (metric, labels = '') => `sum(increase(${metric}{${C}${labels}}[$__range]))`;

/** Tiles that are green when the collector is healthy. */
export const glance = {
  title: 'Is the collector well?',
  panels: [
    tile({
      title: 'Up',
      description: 'Whether Prometheus reaches every selected collector. Nothing is recorded while one is down.',
      unit: 'short',
      expr: `min(up{${C}})`,
      steps: [
        { color: 'red', value: null },
        { color: 'green', value: 1 },
      ],
      words: [
        ['0', 'DOWN', 'red'],
        ['1', 'up', 'green'],
      ],
    }),
    tile({
      title: 'Last scan',
      description:
        'Age of the last complete scan at the last scrape; the oldest of the selected collectors. Normally far below a ' +
        'second with a beat of 10 ms. A clock difference shows here, too.',
      unit: 's',
      decimals: 1,
      expr: `max(timestamp(tcpinfo_scan_last_success_timestamp_seconds{${C}}) - tcpinfo_scan_last_success_timestamp_seconds{${C}})`,
      steps: limits({ warning: 10, bad: 60 }),
    }),
    tile({
      title: 'Beats missed',
      description:
        'Share of beats without a scan in the last 5 minutes, for any reason; the worst of the selected collectors. The ' +
        'graph "Beats without a scan" shows the reasons.',
      unit: 'percentunit',
      expr:
        `max(sum by (job, instance) (rate(tcpinfo_scan_beats_skipped_total{${C}}[5m])) / ` +
        `(sum by (job, instance) (rate(tcpinfo_scan_beats_skipped_total{${C}}[5m])) + ` +
        `sum by (job, instance) (rate(tcpinfo_scans_total{${C}}[5m]))))`,
      steps: limits({ warning: 0.01, bad: 0.1 }),
    }),
    tile({
      title: 'Records lost',
      description:
        'Records that are in no archive, in the selected time range. Should be 0; "Disk problems" shows the reasons.',
      unit: 'short',
      decimals: 0,
      expr: lost('tcpinfo_archive_lost_records_total'),
      steps: limits({ bad: 0.5 }),
    }),
    tile({
      title: 'Lost destroy events',
      description:
        'Destroy events that the kernel dropped, in the selected time range: final counters or short connections are missing.',
      unit: 'short',
      decimals: 0,
      expr: lost('tcpinfo_destroy_events_lost_total'),
      steps: limits({ warning: 0.5 }),
    }),
    tile({
      title: 'Disk errors',
      description:
        'Failed operations on archives, in the selected time range. They are retried; see "Waiting for the disk".',
      unit: 'short',
      decimals: 0,
      expr: lost('tcpinfo_archive_errors_total'),
      steps: limits({ warning: 0.5 }),
    }),
    tile({
      title: 'Events lost',
      description:
        'Events that clients of the event socket did not get because they were disconnected, in the selected time range.',
      unit: 'short',
      decimals: 0,
      expr: lost('tcpinfo_events_lost_total'),
      steps: limits({ warning: 0.5 }),
    }),
    tile({
      title: 'UUID prefix',
      description: 'Unsafe when a collector has no -uuid-prefix-file: its UUIDs may not be unique among machines.',
      unit: 'short',
      expr: `max(tcpinfo_uuid_prefix_unsafe{${C}})`,
      steps: limits({ warning: 1 }),
      words: [
        ['0', 'safe', 'green'],
        ['1', 'UNSAFE', 'orange'],
      ],
    }),
  ],
};

export const scans = {
  title: 'Collector: does it scan often enough?',
  panels: [
    graph({
      title: 'How long a scan takes',
      description:
        'Half of all scans take less than p50, one in a hundred more than p99. Scans longer than the beat stretch it. Grows ' +
        'with the number of sockets and the size of the kernel’s hash table.',
      unit: 's',
      queries: [
        query(quantile(0.5, 'tcpinfo_scan_duration_seconds'), '{{instance}} p50'),
        query(quantile(0.99, 'tcpinfo_scan_duration_seconds'), '{{instance}} p99'),
      ],
    }),
    graph({
      title: 'The beat',
      description:
        'Actual and configured (dashed) time between two scans. If it is above the dashed line, scans take too long, the ' +
        'CPU budget is used up, or the disk is too slow.',
      unit: 's',
      queries: [
        query(`tcpinfo_scan_effective_interval_seconds{${C}}`, '{{instance}}'),
        query(`tcpinfo_scan_interval_seconds{${C}}`, '{{instance}} configured'),
      ],
      dashed: ['configured'],
    }),
    graph({
      title: 'How late scans begin',
      description:
        'Time from the beat to the start of its scan. If it is more than a tenth of the beat, the poll thread does not get ' +
        'enough CPU time.',
      unit: 's',
      queries: [
        query(quantile(0.5, 'tcpinfo_scan_lateness_seconds'), '{{instance}} p50'),
        query(quantile(0.99, 'tcpinfo_scan_lateness_seconds'), '{{instance}} p99'),
      ],
    }),
    graph({
      title: 'Scans',
      description:
        'Scans per second: 100 with a beat of 10 ms in one namespace. The next scan makes up for a failed one.',
      unit: 'ops',
      queries: [
        query(`sum by (instance, result) (rate(tcpinfo_scans_total{${C}}[${RATE}]))`, '{{instance}} {{result}}'),
      ],
    }),
    graph({
      title: 'Beats without a scan',
      description:
        'late: the previous scan took too long. backlog: JavaScript does not keep up. pressure: too much data waits for the ' +
        'disk. budget: the CPU budget is used up. All except budget should be 0.',
      unit: 'ops',
      stack: true,
      queries: [query(`sum by (reason) (rate(tcpinfo_scan_beats_skipped_total{${C}}[${RATE}]))`, '{{reason}}')],
    }),
    graph({
      title: 'Sockets',
      description:
        'Sockets in the last scan, and recorded connections. Neither includes sockets that the kernel’s filter excludes. The ' +
        'difference is excluded by the collector.',
      unit: 'short',
      queries: [
        query(`sum by (instance, family) (tcpinfo_scan_sockets{${C}})`, '{{instance}} {{family}}'),
        query(`tcpinfo_connections{${C}}`, '{{instance}} recorded'),
      ],
    }),
  ],
};

export const cost = {
  title: 'Collector: what does it cost?',
  panels: [
    graph({
      title: 'CPU',
      description:
        'Share of one core, user and system together. Most of it is the kernel’s walk over its socket table.',
      unit: 'percentunit',
      queries: [query(`rate(process_cpu_seconds_total{${C}}[${RATE}])`, '{{instance}}')],
    }),
    graph({
      title: 'Memory',
      description:
        'Resident memory of the process, and the JavaScript heap in it. The rest is buffers: data that waits for the disk, ' +
        'and the last state of each socket.',
      unit: 'bytes',
      queries: [
        query(`process_resident_memory_bytes{${C}}`, '{{instance}} resident'),
        query(`nodejs_heap_size_used_bytes{${C}}`, '{{instance}} heap'),
      ],
    }),
    graph({
      title: 'Scrapes',
      description:
        'Time that Prometheus waits for the metrics page. If it is above about 100 ms, JavaScript is busy with other work.',
      unit: 's',
      queries: [query(`scrape_duration_seconds{${C}}`, '{{instance}}')],
    }),
  ],
};

export const archives = {
  title: 'Collector: does everything reach the disk?',
  panels: [
    graph({
      title: 'Written',
      description: 'Bytes written to archives per second, compressed and before compression.',
      unit: 'Bps',
      queries: [
        query(`sum(rate(tcpinfo_archive_written_bytes_total{${C}}[${RATE}]))`, 'compressed'),
        query(`sum(rate(tcpinfo_archive_uncompressed_bytes_total{${C}}[${RATE}]))`, 'before compression'),
      ],
    }),
    graph({
      title: 'Records, by change',
      description:
        'Records per second. Most are for a changed counter of tcp_info; new and state_change are opens and closes.',
      unit: 'ops',
      stack: true,
      queries: [query(`sum by (reason) (rate(tcpinfo_changes_total{${C}}[${RATE}])) > 0`, '{{reason}}')],
    }),
    graph({
      title: 'Frames, by reason',
      description:
        'A frame is written when it is full (size), when its oldest line has waited long enough (age), when a file ends ' +
        '(rotation, end), or when memory (pressure) or descriptors run short. The last two cause bad compression.',
      unit: 'ops',
      stack: true,
      queries: [query(`sum by (reason) (rate(tcpinfo_archive_frames_total{${C}}[${RATE}]))`, '{{reason}}')],
    }),
    graph({
      title: 'Waiting for the disk',
      description:
        'Used share of the memory for records that wait for the disk. From three quarters on there are fewer scans; when it ' +
        'is full, the oldest records are lost.',
      unit: 'percentunit',
      max: 1,
      steps: limits({ warning: 0.5, bad: 0.75 }),
      queries: [
        query(`tcpinfo_archive_waiting_bytes{${C}} / tcpinfo_archive_waiting_limit_bytes{${C}}`, '{{instance}}'),
      ],
    }),
    graph({
      title: 'Open files',
      description:
        'Open archives and their limit (dashed). Above the limit, the archives that were idle for longest are closed early.',
      unit: 'short',
      log: true,
      queries: [
        query(`tcpinfo_archive_open_files{${C}}`, '{{instance}}'),
        query(`tcpinfo_archive_open_files_limit{${C}}`, '{{instance}} limit'),
      ],
      dashed: ['limit'],
    }),
    graph({
      title: 'Disk problems',
      description:
        'Failed operations, retried frames, lost records by cause, and open archives removed by others, per second. All ' +
        'should be 0.',
      unit: 'ops',
      queries: [
        query(`sum by (operation) (rate(tcpinfo_archive_errors_total{${C}}[${RATE}]))`, '{{operation}} failed'),
        query(`sum(rate(tcpinfo_archive_retries_total{${C}}[${RATE}]))`, 'retried'),
        query(`sum by (reason) (rate(tcpinfo_archive_lost_records_total{${C}}[${RATE}])) > 0`, 'lost: {{reason}}'),
        query(`sum(rate(tcpinfo_archive_removed_files_total{${C}}[${RATE}]))`, 'removed by others'),
      ],
    }),
  ],
};

export const events = {
  title: 'Collector: are all events received and delivered?',
  panels: [
    graph({
      title: 'Destroy events',
      description:
        'Destroy events of the kernel per second. closed: of a recorded connection. unseen: of one that no scan saw. late: ' +
        'after scans had noticed the end. excluded: of an excluded connection. unconnected: of a socket that was never ' +
        'connected. unrecorded: of a connection that no scan saw and that lost its port. lost: the queue was full; should be 0.',
      unit: 'ops',
      queries: [
        query(`sum by (outcome) (rate(tcpinfo_destroy_events_total{${C}}[${RATE}]))`, '{{outcome}}'),
        query(`sum(rate(tcpinfo_destroy_events_lost_total{${C}}[${RATE}]))`, 'lost'),
      ],
    }),
    graph({
      title: 'Delivered events',
      description:
        'Opens and closes per second that were reported to clients of the event socket. Empty without an event socket.',
      unit: 'ops',
      queries: [query(`sum by (event) (rate(tcpinfo_flow_events_total{${C}}[${RATE}]))`, '{{event}}')],
    }),
    graph({
      title: 'Event clients',
      description: 'Connected sidecars, and disconnected ones per minute: too slow, in error, or above the limit.',
      unit: 'short',
      queries: [
        query(`tcpinfo_event_clients{${C}}`, '{{instance}} connected'),
        query(
          `sum by (reason) (rate(tcpinfo_event_clients_dropped_total{${C},reason!="gone"}[${RATE}])) * 60`,
          '{{reason}}, per minute',
        ),
      ],
    }),
  ],
};
