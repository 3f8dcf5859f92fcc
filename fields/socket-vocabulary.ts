import { CONNECTION_COUNTERS, type ConnectionRow, clockAgeUs } from '../analysis/index.js';
import { type FlagDefinition, Vocabulary } from '../expression/index.js';
import { TCP_STATE_NAMES, TcpState, tcpStateName } from '../tcp/index.js';
import { type ConnectionKey, connectionFields } from './connection-fields.js';
import { nowFields } from './now-fields.js';
import { isScalar, type RowField } from './row-field.js';
import type { SocketRow } from './socket-row.js';

/** Readers of the fields of part `connection`, which are the only ones of that part. */
const CONNECTION: { readonly [K in ConnectionKey]?: (row: SocketRow) => ConnectionRow[K] } = {
  uuid: ({ uuid }) => uuid,
  netnsInode: ({ place }) => place.netnsInode,
  netnsName: ({ place }) => place.netnsName,
  family: ({ socket }) => socket.family,
  localAddress: ({ localAddress }) => localAddress,
  localPort: ({ socket }) => socket.id.sport,
  remoteAddress: ({ remoteAddress }) => remoteAddress,
  remotePort: ({ socket }) => socket.id.dport,
  // Those since the connection opened.
  ...Object.fromEntries(CONNECTION_COUNTERS.map((key) => [key, (row: SocketRow) => row.now.observation[key]])),
};

/** Values of part `now` that take two records: one listing does not have them, and a condition on them is an error. */
const RATES: readonly string[] = [
  'sendThroughputBytesPerSec',
  'goodputBytesPerSec',
  'receiveThroughputBytesPerSec',
  'throughputBytesPerSec',
  'retransmitRateBytes',
  'retransmitRateSegments',
  'busyShare',
  'rwndLimitedShare',
  'sndbufLimitedShare',
  'exchanges',
  'limitedBy',
  'limitedByEvidence',
];

/** States in which no program holds the socket yet, if it has no inode: it waits for accept. */
const ACCEPTABLE: readonly number[] = [TcpState.SYN_RECV, TcpState.ESTABLISHED, TcpState.CLOSE_WAIT];

const CLOSING: readonly number[] = [
  TcpState.FIN_WAIT1,
  TcpState.FIN_WAIT2,
  TcpState.CLOSING,
  TcpState.CLOSE_WAIT,
  TcpState.LAST_ACK,
];

const OWN: readonly RowField<SocketRow>[] = [
  {
    ...top('state'),
    type: 'text',
    values: TCP_STATE_NAMES,
    description: 'State of the connection, e.g. ESTABLISHED',
    read: ({ socket }) => tcpStateName(socket.state),
  },
  {
    ...top('idleMs', 'idle'),
    type: 'duration',
    unit: 'ms',
    description: 'Time since payload last moved, in either direction; without any, since the handshake',
    read: ({ idleMs }) => idleMs,
  },
  {
    ...top('ageUs', 'age'),
    type: 'duration',
    unit: 'us',
    description: 'Minimum age, as the clocks of the connection show it',
    read: ({ now }) => (now.observation.hasInfo ? clockAgeUs(now.observation) : null),
  },
  {
    ...top('uid'),
    type: 'count',
    description: 'User id of the owner; 0 also in SYN_RECV and TIME_WAIT',
    read: ({ socket }) => socket.uid,
  },
  {
    ...top('inode'),
    type: 'number',
    description: 'Inode of the socket; 0 before accept, and if no process holds it',
    read: ({ socket }) => socket.inode,
  },
  {
    ...top('interface'),
    type: 'number',
    description: 'Index of the interface that the socket is bound to; 0 for none',
    read: ({ socket }) => socket.id.interface,
  },
];

/** Fields of a socket in a listing of the kernel. A name that several parts share means the first one. */
export const SOCKET_FIELDS: readonly RowField<SocketRow>[] = [
  ...OWN,
  ...nowFields<SocketRow>(({ now }) => now).filter(({ name }) => !RATES.includes(name)),
  ...connectionFields<SocketRow>({
    connection: () => {
      throw new TypeError('one message is no connection: its fields have readers of their own');
    },
    readers: CONNECTION,
    bytes: { localAddress: ({ localBytes }) => localBytes, remoteAddress: ({ remoteBytes }) => remoteBytes },
  }).filter(({ name }) => name in CONNECTION),
];

/** Flags of a socket in a listing, `is:name`. */
export const SOCKET_FLAGS: readonly FlagDefinition<SocketRow>[] = [
  {
    name: 'queued',
    description: 'No program has accepted it yet',
    read: ({ socket: { inode, state } }) => inode === 0 && ACCEPTABLE.includes(state),
  },
  {
    name: 'closing',
    description: 'One end has closed, and the connection is still there',
    read: ({ socket }) => CLOSING.includes(socket.state),
  },
];

/**
 * Names that expressions on sockets of a listing may use. Bare words and numbers are errors: such expressions choose
 * what is ended, and `10.0.0.1` would also be found in `10.0.0.12`.
 */
export const SOCKET_VOCABULARY: Vocabulary<SocketRow> = new Vocabulary<SocketRow>({
  fields: SOCKET_FIELDS.filter(isScalar),
  flags: SOCKET_FLAGS,
});

function top(
  name: string,
  ...aliases: readonly string[]
): { readonly part: string; readonly name: string; readonly aliases: readonly string[] } {
  return { part: '', name, aliases };
}
