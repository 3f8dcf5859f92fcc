import { type FieldDefinition, Vocabulary } from '../../expression/index.js';

/** Row of the tests; what it lacks is unknown. */
export interface Row {
  readonly rttUs?: number | null;
  readonly minRttUs?: number | null;
  readonly rttvarUs?: number | null;
  readonly lastMs?: number | null;
  readonly cwnd?: number | null;
  readonly sent?: number | null;
  readonly retrans?: number | null;
  readonly send?: number | null;
  readonly loss?: number | null;
  readonly startMs?: number | null;
  readonly endMs?: number | null;
  readonly state?: string | null;
  readonly limited?: string | null;
  readonly comm?: string | null;
  readonly user?: string | null;
  readonly busy?: boolean | null;
  readonly ready?: boolean | null;
  readonly src?: string | null;
  readonly dst?: string | null;
  readonly sport?: number | null;
  readonly dport?: number | null;
  readonly pid?: number | null;
  readonly family?: number | null;
}

const FIELDS: readonly FieldDefinition<Row>[] = [
  {
    part: 'now',
    name: 'rttUs',
    aliases: ['rtt'],
    type: 'duration',
    unit: 'us',
    description: 'smoothed RTT',
    read: (row) => row.rttUs,
  },
  {
    part: 'now',
    name: 'minRttUs',
    aliases: ['minrtt'],
    type: 'duration',
    unit: 'us',
    description: 'minimal RTT',
    read: (row) => row.minRttUs,
  },
  {
    part: 'now',
    name: 'rttvarUs',
    aliases: ['rttvar'],
    type: 'duration',
    unit: 'us',
    description: 'variation of the RTT',
    read: (row) => row.rttvarUs,
  },
  {
    part: 'now',
    name: 'lastDataSentMs',
    aliases: ['last'],
    type: 'duration',
    unit: 'ms',
    description: 'time since data was sent',
    read: (row) => row.lastMs,
  },
  {
    part: 'now',
    name: 'sndCwnd',
    aliases: ['cwnd'],
    type: 'count',
    unit: 'segments',
    description: 'congestion window',
    read: (row) => row.cwnd,
  },
  {
    part: 'now',
    name: 'bytesSent',
    aliases: ['sent'],
    type: 'bytes',
    unit: 'B',
    description: 'bytes sent',
    read: (row) => row.sent,
  },
  {
    part: 'now',
    name: 'bytesRetrans',
    aliases: ['retrans'],
    type: 'bytes',
    description: 'bytes sent again',
    read: (row) => row.retrans,
  },
  {
    part: 'now',
    name: 'sendThroughputBytesPerSec',
    aliases: ['send'],
    type: 'rate',
    unit: 'B/s',
    description: 'send rate',
    read: (row) => row.send,
  },
  {
    part: 'now',
    name: 'lossRatio',
    aliases: ['loss'],
    type: 'ratio',
    description: 'share of bytes sent again',
    read: (row) => row.loss,
  },
  { part: 'connection', name: 'bytesSent', type: 'bytes', description: 'bytes sent in all', read: () => 1_000_000 },
  { part: 'connection', name: 'startTime', type: 'time', unit: 'ms', description: 'start', read: (row) => row.startMs },
  { part: 'connection', name: 'endTime', type: 'time', unit: 'ms', description: 'end', read: (row) => row.endMs },
  { part: '', name: 'state', type: 'text', description: 'state', read: (row) => row.state },
  {
    part: 'now',
    name: 'limitedBy',
    aliases: ['limited'],
    type: 'text',
    values: ['application', 'cwnd', 'rwnd', 'sndbuf', 'idle'],
    description: 'limit',
    read: (row) => row.limited,
  },
  {
    part: 'process',
    name: 'command',
    aliases: ['comm'],
    type: 'text',
    description: 'command',
    read: (row) => row.comm,
  },
  { part: 'process', name: 'user', type: 'text', description: 'user', read: (row) => row.user },
  { part: 'now', name: 'busy', type: 'boolean', description: 'has data to send', read: (row) => row.busy },
  { part: 'now', name: 'ready', type: 'boolean', description: 'can send', read: (row) => row.ready },
  {
    part: 'connection',
    name: 'localAddress',
    aliases: ['src'],
    type: 'address',
    description: 'local address',
    read: (row) => row.src,
  },
  {
    part: 'connection',
    name: 'remoteAddress',
    aliases: ['dst'],
    type: 'address',
    description: 'remote address',
    read: (row) => row.dst,
  },
  {
    part: 'connection',
    name: 'localPort',
    aliases: ['sport'],
    type: 'port',
    description: 'local port',
    read: (row) => row.sport,
  },
  {
    part: 'connection',
    name: 'remotePort',
    aliases: ['dport'],
    type: 'port',
    description: 'remote port',
    read: (row) => row.dport,
  },
  {
    part: 'connection',
    name: 'family',
    type: 'number',
    values: [2, 10],
    description: 'address family',
    read: (row) => row.family,
  },
  { part: 'process', name: 'pid', type: 'number', description: 'process id', read: (row) => row.pid },
];

/** Vocabulary of the tests. */
export const VOCABULARY = new Vocabulary<Row>({
  fields: FIELDS,
  flags: [
    { name: 'open', description: 'still open', read: (row) => row.state !== 'CLOSE' },
    { name: 'lossy', description: 'loses packets', read: (row) => (row.loss == null ? null : row.loss > 0.01) },
    { name: 'unknown-process', description: 'has no process', read: (row) => row.comm == null },
  ],
  searchedTexts: ['command', 'user', 'src', 'dst'],
  searchedNumbers: ['sport', 'dport', 'pid'],
});
