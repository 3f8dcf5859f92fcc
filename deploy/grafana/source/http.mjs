// Row of the dashboard about plain HTTP that the collector reads from packets.
import { COLLECTORS as C, graph, limits, query } from './panels.mjs';

const RATE = '$__rate_interval';
const BY = 'sum by (port_group, side)';
const LEGEND = '{{port_group}} {{side}}';
/** Sides of HTTP are others than those of connections: only the port group is chosen. */
const P = `${C},port_group=~"$port_group"`;
const rate = (metric, more = '') => `rate(tcpinfo_http_${metric}{${P}${more}}[${RATE}])`;
const firstByte = (q) => `histogram_quantile(${q}, sum by (le, side) (${rate('first_byte_seconds_bucket')}))`;
const errors = (code) =>
  `${BY} (${rate('responses_total', `,code="${code}"`)}) / (${BY} (${rate('responses_total')}) > 0)`;

export const http = {
  title: 'HTTP: who is asked, and how long do answers take? Only with -http.ports',
  panels: [
    graph({
      title: 'HTTP requests',
      description:
        'Requests per second by port group of the server. server: served here; client: made by programs here.',
      unit: 'ops',
      stack: true,
      queries: [query(`${BY} (${rate('requests_total')})`, LEGEND)],
    }),
    graph({
      title: 'HTTP errors',
      description:
        'Share of answers with a code of 5xx: the server failed. Above 5 % (dashed) an alert fires. 4xx: clients ask for ' +
        'what is not there, or not allowed.',
      unit: 'percentunit',
      steps: limits({ bad: 0.05 }),
      queries: [query(errors('5xx'), `5xx ${LEGEND}`), query(errors('4xx'), `4xx ${LEGEND}`)],
    }),
    graph({
      title: 'Time to first byte',
      description:
        'From the last byte of a request to the first one of its answer at this machine: on the server’s side the ' +
        'program’s time, on the client’s with one round trip. Logarithmic scale.',
      unit: 's',
      log: true,
      queries: [0.5, 0.95, 0.99].map((q) => query(firstByte(q), `p${q * 100} {{side}}`)),
    }),
    graph({
      title: 'HTTP that was missed',
      description:
        'Packets that the kernel dropped because they were not read in time, holes in streams, and exchanges that are not ' +
        'whole, per second.',
      unit: 'ops',
      queries: [
        query(`sum(rate(tcpinfo_packets_total{${C},result="dropped"}[${RATE}]))`, 'packets dropped'),
        query(`sum(rate(tcpinfo_packet_gaps_total{${C}}[${RATE}]))`, 'gaps'),
        query(`sum by (missing) (rate(tcpinfo_http_unpaired_total{${C}}[${RATE}])) > 0`, 'missing {{missing}}'),
      ],
    }),
    graph({
      title: 'Not HTTP/1',
      description: 'Connections per second on these ports that cannot be read, by kind: tls, http2, or other.',
      unit: 'cps',
      queries: [query(`sum by (is) (rate(tcpinfo_http_not_http_total{${C}}[${RATE}]))`, '{{is}}')],
    }),
    graph({
      title: 'HTTP bodies',
      description: 'Bytes of bodies per second, by direction.',
      unit: 'Bps',
      queries: [query(`sum by (direction) (rate(tcpinfo_http_body_bytes_total{${C}}[${RATE}]))`, '{{direction}}')],
    }),
  ],
};
