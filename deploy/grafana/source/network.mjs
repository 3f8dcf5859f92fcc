// Rows of the dashboard about the health of the network.
import { COLLECTORS as C, graph, limits, PORTS as P, query } from './panels.mjs';

const RATE = '$__rate_interval';
const BY = 'sum by (port_group, side)';
const LEGEND = '{{port_group}} {{side}}';
const rate = (metric, more = '') => `rate(tcpinfo_network_${metric}{${P}${more}}[${RATE}])`;
/** Matcher of causes while there is data to send. With the other causes one of the ends had nothing to send. */
const SENDING = ',by!~"application|peer"';
const rtt = (q, metric) => `histogram_quantile(${q}, sum by (le) (${rate(`${metric}_bucket`)}))`;

export const connections = {
  title: 'Is my network well? Connections',
  panels: [
    graph({
      title: 'Connections by state',
      description:
        'Recorded connections. If CLOSE_WAIT only grows, a program does not close its sockets. SYN_SENT: connects without ' +
        'an answer. FIN_WAIT and LAST_ACK: the peer or the path is gone.',
      unit: 'short',
      stack: true,
      queries: [query(`sum by (state) (tcpinfo_network_connections{${C}})`, '{{state}}')],
    }),
    graph({
      title: 'Not established',
      description:
        'Recorded connections in other states than ESTABLISHED, and TIME_WAIT of the whole namespace. Logarithmic scale.',
      unit: 'short',
      log: true,
      queries: [
        query(`sum by (state) (tcpinfo_network_connections{${C},state!="established"}) > 0`, '{{state}}'),
        query(`sum(tcpinfo_network_time_wait_sockets{${C}})`, 'time_wait'),
      ],
    }),
    graph({
      title: 'Connections by family',
      description: 'By type of socket: a socket that listens for both families accepts IPv4 connections as IPv6 ones.',
      unit: 'short',
      stack: true,
      queries: [query(`sum by (family) (tcpinfo_network_connections{${C}})`, '{{family}}')],
    }),
    graph({
      title: 'Opened',
      description:
        'Opened connections per second, by port group. local: served here; remote: made by programs here. Includes short ' +
        'connections.',
      unit: 'cps',
      queries: [query(`${BY} (${rate('connections_opened_total')})`, LEGEND)],
    }),
    graph({
      title: 'Closed',
      description:
        'Closed connections per second. If more are opened than closed for a long time, there is a leak or growth.',
      unit: 'cps',
      queries: [query(`${BY} (${rate('connections_closed_total')})`, LEGEND)],
    }),
    graph({
      title: 'Mean bytes sent in a connection',
      description:
        'Bytes sent divided by closed connections. Falls when programs stop reusing connections for several requests.',
      unit: 'bytes',
      queries: [
        query(`${BY} (${rate('sent_bytes_total')}) / (${BY} (${rate('connections_closed_total')}) > 0)`, LEGEND),
      ],
    }),
  ],
};

export const traffic = {
  title: 'Network: how much is sent, and how much of it is retransmitted?',
  panels: [
    graph({
      title: 'Sent',
      description: 'Payload in bits per second by port group, including retransmissions.',
      unit: 'bps',
      queries: [query(`${BY} (${rate('sent_bytes_total')}) * 8`, LEGEND)],
    }),
    graph({
      title: 'Received',
      description: 'Payload in bits per second by port group.',
      unit: 'bps',
      queries: [query(`${BY} (${rate('received_bytes_total')}) * 8`, LEGEND)],
    }),
    graph({
      title: 'Retransmitted',
      description:
        'Retransmitted share of the payload; SYN and FIN have no payload. Below 0.5 % is healthy; above 2 % (dashed) ' +
        'transfers use only a fraction of the path. One group only: its peers or their path. All groups: this machine’s link.',
      unit: 'percentunit',
      steps: limits({ bad: 0.02 }),
      queries: [
        query(`${BY} (${rate('retransmitted_bytes_total')}) / (${BY} (${rate('sent_bytes_total')}) > 0)`, LEGEND),
      ],
    }),
  ],
};

export const speed = {
  title: 'Network: how fast, and why not faster?',
  panels: [
    graph({
      title: 'Round-trip time',
      description:
        'All selected port groups together; one sample per second and active connection. Depends on the distance: ' +
        'compare it with earlier values, not with other machines.',
      unit: 's',
      log: true,
      queries: [
        query(rtt(0.5, 'rtt_seconds'), 'p50'),
        query(rtt(0.95, 'rtt_seconds'), 'p95'),
        query(rtt(0.99, 'rtt_seconds'), 'p99'),
        query(rtt(0.5, 'min_rtt_seconds'), 'p50 of the least'),
      ],
      dashed: ['least'],
    }),
    graph({
      title: 'Round-trip time by port group, p95',
      description: 'One in twenty samples was above this. The steps are due to the histogram’s buckets.',
      unit: 's',
      log: true,
      queries: [
        query(`histogram_quantile(0.95, sum by (port_group, side, le) (${rate('rtt_seconds_bucket')}))`, LEGEND),
      ],
    }),
    graph({
      title: 'Queueing delay',
      description:
        'Mean round-trip time above the minimum of the same connections: the time that packets wait in queues. Some tens ' +
        'of milliseconds are normal behind a full access link; people notice more than 100 ms (dashed).',
      unit: 's',
      steps: limits({ bad: 0.1 }),
      queries: [
        query(
          `(${BY} (${rate('rtt_seconds_sum')}) - ${BY} (${rate('min_rtt_seconds_sum')})) / (${BY} (${rate('rtt_seconds_count')}) > 0)`,
          LEGEND,
        ),
      ],
    }),
    graph({
      title: 'What holds sending back',
      description:
        'Causes as shares of the time that is not idle: rwnd (the peer’s program reads too slowly), sndbuf (send buffer ' +
        'too small here), cwnd, pacing, loss (the path), application (the program here), peer (waiting for the other end).',
      unit: 'percentunit',
      stack: true,
      max: 1,
      queries: [
        query(
          `sum by (by) (${rate('limited_seconds_total')}) / on () group_left () (sum(${rate('limited_seconds_total')}) > 0)`,
          '{{by}}',
        ),
      ],
    }),
    graph({
      title: 'Held back by receivers',
      description:
        'Share of sending time limited by receivers, by port group. Above a half (dashed), check the receiving programs.',
      unit: 'percentunit',
      max: 1,
      steps: limits({ bad: 0.5 }),
      queries: [
        query(
          `${BY} (rate(tcpinfo_network_limited_seconds_total{${P},by="rwnd"}[${RATE}])) / (${BY} (${rate('limited_seconds_total', SENDING)}) > 0)`,
          LEGEND,
        ),
      ],
    }),
    graph({
      title: 'Connections that are sending',
      description:
        'Mean number of connections with data to send. It shows how significant the shares in the other graphs are.',
      unit: 'short',
      queries: [query(`${BY} (${rate('limited_seconds_total', SENDING)})`, LEGEND)],
    }),
  ],
};

export const ports = {
  title: 'Network: does anything run out?',
  panels: [
    graph({
      title: 'How full accept queues are',
      description:
        'Fullest socket of each listening port. At 1 the kernel drops new connections. If the queue is not empty, the ' +
        'program does not keep up.',
      unit: 'percentunit',
      steps: limits({ warning: 0.7, bad: 1 }),
      queries: [
        query(`max by (instance, port) (tcpinfo_listener_accept_queue_fill_ratio{${C}})`, '{{instance}} {{port}}'),
      ],
    }),
    graph({
      title: 'Connections that wait for accept()',
      description: 'By port; only ports with waiting connections. The backlog (dashed) is the limit.',
      unit: 'short',
      queries: [
        query(`sum by (port) (tcpinfo_listener_accept_queue_connections{${C}}) > 0`, '{{port}}'),
        query(
          `sum by (port) (tcpinfo_listener_backlog_connections{${C}}) and on (port) (sum by (port) (tcpinfo_listener_accept_queue_connections{${C}}) > 0)`,
          '{{port}} backlog',
        ),
      ],
      dashed: ['backlog'],
    }),
    graph({
      title: 'Half-open connections',
      description:
        'Handshakes that clients have not finished (SYN_RECV), by port; only ports with any. The limit is the backlog. ' +
        'Many for minutes: a SYN flood, or answers that do not reach the clients.',
      unit: 'short',
      queries: [query(`sum by (port) (tcpinfo_listener_half_open_connections{${C}})`, '{{port}}')],
    }),
    graph({
      title: 'Ephemeral ports',
      description:
        'Share of the port range that recorded connections use, in total and to the busiest destination. At 1, connect() ' +
        'to that destination fails with EADDRNOTAVAIL. Does not include TIME_WAIT, which also uses ports.',
      unit: 'percentunit',
      max: 1,
      steps: limits({ bad: 0.8 }),
      queries: [
        query(`tcpinfo_ephemeral_ports_used{${C}} / tcpinfo_ephemeral_ports{${C}}`, '{{instance}} in use'),
        query(
          `tcpinfo_ephemeral_ports_used_to_busiest_destination{${C}} / tcpinfo_ephemeral_ports{${C}}`,
          '{{instance}} to one destination',
        ),
      ],
    }),
    graph({
      title: 'Connection tracking',
      description:
        'Share of the table of connection tracking that is in use. At 1 the kernel drops packets of new connections. ' +
        'No data without connection tracking.',
      unit: 'percentunit',
      max: 1,
      steps: limits({ warning: 0.5, bad: 0.9 }),
      queries: [query(`tcpinfo_conntrack_entries{${C}} / tcpinfo_conntrack_entries_limit{${C}}`, '{{instance}}')],
    }),
    graph({
      title: 'Lost to connection tracking',
      description:
        'Packets per second dropped because the table was full (dropped) or because two flows were equal (insert_failed), ' +
        'and flows removed early to make room.',
      unit: 'ops',
      queries: [
        query(`sum(rate(tcpinfo_conntrack_dropped_total{${C}}[${RATE}]))`, 'dropped'),
        query(`sum(rate(tcpinfo_conntrack_insert_failed_total{${C}}[${RATE}]))`, 'insert_failed'),
        query(`sum(rate(tcpinfo_conntrack_early_dropped_total{${C}}[${RATE}]))`, 'early_dropped'),
      ],
    }),
  ],
};
