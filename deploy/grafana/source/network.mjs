// Rows that answer: is my network well?
import { COLLECTORS as C, graph, limits, PORTS as P, query } from './panels.mjs';

const RATE = '$__rate_interval';
const BY = 'sum by (port_group, side)';
const LEGEND = '{{port_group}} {{side}}';
const rate = (metric, more = '') => `rate(tcpinfo_network_${metric}{${P}${more}}[${RATE}])`;
/** Causes of a sender that has data; of the others one end or the other had nothing to send. */
const SENDING = ',by!~"application|peer"';
const rtt = (q, metric) => `histogram_quantile(${q}, sum by (le) (${rate(`${metric}_bucket`)}))`;

export const connections = {
  title: 'Is my network well? Connections',
  panels: [
    graph({
      title: 'Connections by state',
      description:
        'Recorded connections. CLOSE_WAIT that only grows: a program does not close its sockets. SYN_SENT: connects that ' +
        'nobody answers. FIN_WAIT and LAST_ACK: the other side, or the path, has gone.',
      unit: 'short',
      stack: true,
      queries: [query(`sum by (state) (tcpinfo_network_connections{${C}})`, '{{state}}')],
    }),
    graph({
      title: 'Not established',
      description:
        'The same without ESTABLISHED and in tens, so that few are seen beside many; and TIME_WAIT of the whole namespace.',
      unit: 'short',
      log: true,
      queries: [
        query(`sum by (state) (tcpinfo_network_connections{${C},state!="established"}) > 0`, '{{state}}'),
        query(`sum(tcpinfo_network_time_wait_sockets{${C}})`, 'time_wait'),
      ],
    }),
    graph({
      title: 'Connections by family',
      description:
        'By the kind of socket: a socket that listens for both families takes IPv4 connections as IPv6 ones.',
      unit: 'short',
      stack: true,
      queries: [query(`sum by (family) (tcpinfo_network_connections{${C}})`, '{{family}}')],
    }),
    graph({
      title: 'Opened',
      description:
        'Connections that came to be, each second, by port group. local: served here; remote: made by programs here. Short ' +
        'ones are in it.',
      unit: 'cps',
      queries: [query(`${BY} (${rate('connections_opened_total')})`, LEGEND)],
    }),
    graph({
      title: 'Closed',
      description: 'Connections that ended, each second. More opened than closed for long is a leak, or growth.',
      unit: 'cps',
      queries: [query(`${BY} (${rate('connections_closed_total')})`, LEGEND)],
    }),
    graph({
      title: 'Mean bytes sent in a connection',
      description:
        'Bytes sent divided by connections closed: falls when programs stop to keep connections open between requests.',
      unit: 'bytes',
      queries: [
        query(`${BY} (${rate('sent_bytes_total')}) / (${BY} (${rate('connections_closed_total')}) > 0)`, LEGEND),
      ],
    }),
  ],
};

export const traffic = {
  title: 'Network: how much, and how much of it twice?',
  panels: [
    graph({
      title: 'Sent',
      description: 'Payload in bits a second by port group, what was sent again included.',
      unit: 'bps',
      queries: [query(`${BY} (${rate('sent_bytes_total')}) * 8`, LEGEND)],
    }),
    graph({
      title: 'Received',
      description: 'Payload in bits a second by port group.',
      unit: 'bps',
      queries: [query(`${BY} (${rate('received_bytes_total')}) * 8`, LEGEND)],
    }),
    graph({
      title: 'Sent again',
      description:
        'Share of the payload that was retransmitted; SYN and FIN carry none. Below 0.5 % is healthy; above 2 % (dashed) transfers get a fraction ' +
        'of the path. One group alone: its peers or their path. All: this machine’s link.',
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
        'Of all chosen port groups together, sampled once a second of each connection that was active. Distance is in it: ' +
        'compare with itself, not with others.',
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
      description: 'One in twenty samples was above this. Steps come from the histogram’s buckets.',
      unit: 's',
      log: true,
      queries: [
        query(`histogram_quantile(0.95, sum by (port_group, side, le) (${rate('rtt_seconds_bucket')}))`, LEGEND),
      ],
    }),
    graph({
      title: 'Queueing delay',
      description:
        'Mean round-trip time above the least that the same connections have seen: what packets wait in queues. Some tens of ' +
        'milliseconds are normal behind a full access link; above 100 ms (dashed) people notice.',
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
        'Share of each cause of the time that is not idle: rwnd (the peer’s program reads too slowly), sndbuf (send buffer ' +
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
      description: 'The share of receivers, by port group: above a half (dashed) look at the programs that read.',
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
      description: 'Mean number of connections that had something to send: the weight of the shares beside it.',
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
        'Of the fullest socket of each port that listens. At 1 the kernel drops new connections; a queue that is not empty ' +
        'means that the program does not keep up.',
      unit: 'percentunit',
      steps: limits({ warning: 0.7, bad: 1 }),
      queries: [
        query(`max by (instance, port) (tcpinfo_listener_accept_queue_fill_ratio{${C}})`, '{{instance}} {{port}}'),
      ],
    }),
    graph({
      title: 'Connections that wait for accept()',
      description: 'By port; only ports where any wait. The backlog is what may wait (dashed).',
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
        'Handshakes that clients have not finished (SYN_RECV), by port; only ports where there are any. As many may wait as ' +
        'the backlog is large. Many for minutes: a SYN flood, or answers that do not reach their clients.',
      unit: 'short',
      queries: [query(`sum by (port) (tcpinfo_listener_half_open_connections{${C}})`, '{{port}}')],
    }),
    graph({
      title: 'Ephemeral ports',
      description:
        'Share of the range that recorded connections use; and to the busiest destination: at 1 connect() to it fails with ' +
        'EADDRNOTAVAIL. TIME_WAIT takes ports as well and is not in it.',
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
  ],
};
