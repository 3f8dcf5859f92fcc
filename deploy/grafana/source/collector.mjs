// Rows that answer: is the collector well?
import { COLLECTORS as C, graph, limits, query, tile } from './panels.mjs';

const RATE = '$__rate_interval';
const quantile = (q, metric) =>
  `histogram_quantile(${q}, sum by (instance, le) (rate(${metric}_bucket{${C}}[${RATE}])))`;
const lost = (metric, labels = '') => `sum(increase(${metric}{${C}${labels}}[$__range]))`;

/** Tiles that are green when all is well. */
export const glance = {
  title: 'Is the collector well?',
  panels: [
    tile({
      title: 'Up',
      description: 'Whether Prometheus reaches every chosen collector. Nothing is recorded while one is down.',
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
        'How long ago the last complete look at the socket table was, when last scraped; the oldest of the chosen collectors. ' +
        'Far below a second at the usual beat of 10 ms. Clocks that differ show here, too.',
      unit: 's',
      decimals: 1,
      expr: `max(timestamp(tcpinfo_scan_last_success_timestamp_seconds{${C}}) - tcpinfo_scan_last_success_timestamp_seconds{${C}})`,
      steps: limits({ warning: 10, bad: 60 }),
    }),
    tile({
      title: 'Beats missed',
      description:
        'Share of beats without a scan in the last 5 minutes, for any reason; the worst of the chosen collectors. The graph ' +
        '"Beats without a scan" says why.',
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
        'Records that reached no archive, in the time shown above. Should be 0; "Trouble with the disk" says why.',
      unit: 'short',
      decimals: 0,
      expr: lost('tcpinfo_archive_lost_records_total'),
      steps: limits({ bad: 0.5 }),
    }),
    tile({
      title: 'Ends not heard',
      description:
        'Ends of connections that the kernel told and nobody heard, in the time shown above: their final counters, or short ' +
        'connections, are missing.',
      unit: 'short',
      decimals: 0,
      expr: lost('tcpinfo_destroy_events_lost_total'),
      steps: limits({ warning: 0.5 }),
    }),
    tile({
      title: 'Disk errors',
      description:
        'Operations on archives that failed, in the time shown above. They are tried again; see "Waiting for the disk".',
      unit: 'short',
      decimals: 0,
      expr: lost('tcpinfo_archive_errors_total'),
      steps: limits({ warning: 0.5 }),
    }),
    tile({
      title: 'Events lost',
      description:
        'Events that clients of the event socket did not get because their connection ended, in the time shown above.',
      unit: 'short',
      decimals: 0,
      expr: lost('tcpinfo_events_lost_total'),
      steps: limits({ warning: 0.5 }),
    }),
    tile({
      title: 'UUID prefix',
      description:
        'Unsafe when a collector was given no -uuid-prefix-file: its UUIDs may not be unique among machines.',
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
  title: 'Collector: does it look often enough?',
  panels: [
    graph({
      title: 'How long a scan takes',
      description:
        'Half of all scans take less than p50, one in a hundred more than p99. Scans that take longer than the beat make it ' +
        'longer. Grows with the number of sockets and the size of the kernel’s hash table.',
      unit: 's',
      queries: [
        query(quantile(0.5, 'tcpinfo_scan_duration_seconds'), '{{instance}} p50'),
        query(quantile(0.99, 'tcpinfo_scan_duration_seconds'), '{{instance}} p99'),
      ],
    }),
    graph({
      title: 'The beat',
      description:
        'Time between two scans as it is, and as configured (dashed). Above the dashed line the collector scans less often: ' +
        'scans take too long, a CPU budget says so, or the disk is too slow.',
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
        'Time between the beat at which a scan was due and its beginning. Above a tenth of the beat the machine lacks CPU time ' +
        'for the poll thread.',
      unit: 's',
      queries: [
        query(quantile(0.5, 'tcpinfo_scan_lateness_seconds'), '{{instance}} p50'),
        query(quantile(0.99, 'tcpinfo_scan_lateness_seconds'), '{{instance}} p99'),
      ],
    }),
    graph({
      title: 'Scans',
      description: 'Scans a second: 100 at a beat of 10 ms in one namespace. Failed ones are made up for by the next.',
      unit: 'ops',
      queries: [
        query(`sum by (instance, result) (rate(tcpinfo_scans_total{${C}}[${RATE}]))`, '{{instance}} {{result}}'),
      ],
    }),
    graph({
      title: 'Beats without a scan',
      description:
        'late: the scan before it took too long. backlog: JavaScript does not keep up. pressure: too much waits for the disk. ' +
        'budget: the CPU budget is used up. Should be 0, but for the budget.',
      unit: 'ops',
      stack: true,
      queries: [query(`sum by (reason) (rate(tcpinfo_scan_beats_skipped_total{${C}}[${RATE}]))`, '{{reason}}')],
    }),
    graph({
      title: 'Sockets',
      description:
        'Sockets that the last scan found, and connections that are recorded. What the kernel leaves out for the collector is ' +
        'in neither; what only the collector leaves out is the difference.',
      unit: 'short',
      queries: [
        query(`sum by (instance, family) (tcpinfo_scan_sockets{${C}})`, '{{instance}} {{family}}'),
        query(`tcpinfo_connections{${C}}`, '{{instance}} recorded'),
      ],
    }),
  ],
};

export const cost = {
  title: 'Collector: what does it take?',
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
        'Memory that the process has (resident), and of it the heap of JavaScript. The rest is buffers: what waits for the ' +
        'disk, and what is known of each socket.',
      unit: 'bytes',
      queries: [
        query(`process_resident_memory_bytes{${C}}`, '{{instance}} resident'),
        query(`nodejs_heap_size_used_bytes{${C}}`, '{{instance}} heap'),
      ],
    }),
    graph({
      title: 'Scrapes',
      description:
        'How long Prometheus waits for the page of metrics. Above some 100 ms JavaScript is busy with something else.',
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
      description: 'Bytes that go to archives each second, compressed, and as they were before.',
      unit: 'Bps',
      queries: [
        query(`sum(rate(tcpinfo_archive_written_bytes_total{${C}}[${RATE}]))`, 'compressed'),
        query(`sum(rate(tcpinfo_archive_uncompressed_bytes_total{${C}}[${RATE}]))`, 'before compression'),
      ],
    }),
    graph({
      title: 'Records, by what had changed',
      description:
        'Records each second. Most say that a counter of tcp_info moved; new and state_change are opens and closes.',
      unit: 'ops',
      stack: true,
      queries: [query(`sum by (reason) (rate(tcpinfo_changes_total{${C}}[${RATE}])) > 0`, '{{reason}}')],
    }),
    graph({
      title: 'Frames, by why they were written',
      description:
        'Each frame is written when it is full (size), when its oldest line has waited long enough (age), when a file ends ' +
        '(rotation, end), or because memory (pressure) or descriptors run short: the latter two compress badly.',
      unit: 'ops',
      stack: true,
      queries: [query(`sum by (reason) (rate(tcpinfo_archive_frames_total{${C}}[${RATE}]))`, '{{reason}}')],
    }),
    graph({
      title: 'Waiting for the disk',
      description:
        'Share of the memory for what waits that is used. At three quarters scans are thinned out, at all of it the oldest ' +
        'records are lost.',
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
        'Archives that are open, and how many may be (dashed): beyond that the longest idle are closed early.',
      unit: 'short',
      log: true,
      queries: [
        query(`tcpinfo_archive_open_files{${C}}`, '{{instance}}'),
        query(`tcpinfo_archive_open_files_limit{${C}}`, '{{instance}} limit'),
      ],
      dashed: ['limit'],
    }),
    graph({
      title: 'Trouble with the disk',
      description:
        'Should all be 0. Failed operations, frames tried again, records lost by cause, and open archives that somebody removed; each a second.',
      unit: 'ops',
      queries: [
        query(`sum by (operation) (rate(tcpinfo_archive_errors_total{${C}}[${RATE}]))`, '{{operation}} failed'),
        query(`sum(rate(tcpinfo_archive_retries_total{${C}}[${RATE}]))`, 'tried again'),
        query(`sum by (reason) (rate(tcpinfo_archive_lost_records_total{${C}}[${RATE}])) > 0`, 'lost: {{reason}}'),
        query(`sum(rate(tcpinfo_archive_removed_files_total{${C}}[${RATE}]))`, 'removed by others'),
      ],
    }),
  ],
};

export const events = {
  title: 'Collector: is every end heard, and told?',
  panels: [
    graph({
      title: 'Ends that the kernel told',
      description:
        'closed: of a recorded connection. unseen: of one that no scan saw. late: scans had noticed already. excluded: left ' +
        'out. unconnected: never was one. unrecorded: of one that no scan saw and that lost its port. lost: the queue was full; ' +
        'should be 0.',
      unit: 'ops',
      queries: [
        query(`sum by (outcome) (rate(tcpinfo_destroy_events_total{${C}}[${RATE}]))`, '{{outcome}}'),
        query(`sum(rate(tcpinfo_destroy_events_lost_total{${C}}[${RATE}]))`, 'lost'),
      ],
    }),
    graph({
      title: 'Events told',
      description:
        'Opens and closes that were told to clients of the event socket each second. Empty without an event socket.',
      unit: 'ops',
      queries: [query(`sum by (event) (rate(tcpinfo_flow_events_total{${C}}[${RATE}]))`, '{{event}}')],
    }),
    graph({
      title: 'Event clients',
      description:
        'Sidecars that are connected, and how many were cut off a minute: slow to read, in error, or past the limit.',
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
