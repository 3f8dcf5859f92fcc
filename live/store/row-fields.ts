import { type ConnectionRow, WAITING_CAUSES } from '../../analysis/index.js';
import { END_CAUSES } from '../../cache/index.js';
import { type FlagDefinition, Vocabulary } from '../../expression/index.js';
import {
  CONNECTION_FLAGS,
  type ConnectionFieldsOptions,
  connectionFields,
  isScalar,
  nowFields,
  type RowField,
  workFields,
} from '../../fields/index.js';
import { formatTimestamp } from '../../parse/index.js';
import { TCP_STATE_NAMES, TcpState, tcpStateName } from '../../tcp/index.js';
import { NAT_KINDS, PROCESS_UNKNOWN, type RowPart } from '../wire/index.js';
import { cookieText } from './cookie-text.js';
import type { StoreRow } from './store-row.js';

/** Age up to which a connection is `is:new`. */
const NEW_US = 10_000_000;

/** Values of the row itself that lists show only if they are asked for. */
const EXTRA: readonly string[] = ['cookie', 'pairAmbiguous'];
/** Values of process and cgroup that lists show. */
const SHOWN_OWNER: readonly string[] = ['pid', 'command', 'user', 'unit', 'container', 'pod'];

const ROW: readonly RowField<StoreRow>[] = [
  {
    ...top('key'),
    isFixed: true,
    type: 'text',
    description: 'Key of the row: UUID, @ and start time; a socket that connects again has the same UUID',
    read: ({ key }) => key,
  },
  {
    ...top('uuid'),
    isFixed: true,
    type: 'text',
    description: 'UUID of the connection',
    read: ({ identity }) => identity.uuid,
  },
  {
    ...top('cookie'),
    type: 'text',
    description: 'The kernel’s socket cookie, 16 hexadecimal digits',
    read: ({ cookie }) => (cookie === null ? null : cookieText(cookie)),
  },
  {
    ...top('state'),
    type: 'text',
    values: TCP_STATE_NAMES,
    description: 'State of the connection, e.g. ESTABLISHED',
    read: ({ state }) => tcpStateName(state),
  },
  { ...top('open'), type: 'boolean', description: 'True until the connection has ended', read: ({ isOpen }) => isOpen },
  {
    ...top('endCause'),
    type: 'text',
    values: END_CAUSES,
    description: 'Cause of the end, as in events; null while it is open, and in archives',
    read: ({ endCause }) => endCause,
  },
  {
    ...top('closedTime'),
    type: 'time',
    unit: 'us',
    description: 'Time of the end; null while it is open',
    read: ({ closedUs }) => closedUs,
    json: ({ closedUs }) => (closedUs === null ? null : timeText(closedUs)),
  },
  {
    ...top('ageUs', ['age']),
    type: 'duration',
    unit: 'us',
    description:
      'Minimum age: time since the first record, or from it to the end, and the age that its clocks showed then',
    read: ({ ageUs }) => ageUs,
  },
  {
    ...top('alerts'),
    type: 'text',
    description: 'Names of alerts that fire; in expressions one text with commas, null without any',
    read: ({ alerts }) => (alerts.length === 0 ? null : alerts.join(',')),
    json: ({ alerts }) => alerts,
  },
  {
    ...top('processUnknown'),
    type: 'text',
    values: PROCESS_UNKNOWN,
    description: 'Reason for which the process is unknown: pending, none, permission, gone or off',
    read: ({ processUnknown }) => processUnknown,
  },
  {
    ...top('pairAmbiguous'),
    type: 'boolean',
    description: 'True if several connections could be the other end, and counters do not tell which one is',
    read: ({ pairAmbiguous }) => pairAmbiguous,
  },
];

const PROCESS: readonly RowField<StoreRow>[] = [
  {
    ...named('process', 'pid', ['pid']),
    type: 'number',
    description: 'Process id, as the collector sees it',
    read: ({ process }) => process?.pid,
  },
  {
    ...named('process', 'command', ['comm', 'process']),
    type: 'text',
    description: 'Name of the process, at most 15 bytes',
    read: ({ process }) => process?.command,
  },
  {
    ...named('process', 'executable', []),
    type: 'text',
    description: 'Path of the program; null if it may not be read',
    read: ({ process }) => process?.executable,
  },
  {
    ...named('process', 'uid', []),
    type: 'number',
    description: 'User id of the process',
    read: ({ process }) => process?.uid,
  },
  {
    ...named('process', 'user', []),
    type: 'text',
    description: 'Name of the user',
    read: ({ process }) => process?.user,
  },
  {
    ...named('process', 'otherPids', []),
    type: 'count',
    description: 'Further processes that hold the socket',
    read: ({ process }) => process?.otherPids,
  },
  {
    ...named('process', 'seenTime', []),
    type: 'object',
    description: 'Time when the process was last seen to hold the socket',
    json: ({ process }) => process?.seenTime ?? null,
  },
];

const CGROUP: readonly RowField<StoreRow>[] = [
  {
    ...named('cgroup', 'id', []),
    type: 'text',
    description: 'Id of the cgroup in which the socket was created, in decimal digits',
    read: ({ cgroup }) => cgroup?.id,
  },
  {
    ...named('cgroup', 'path', ['cgroup']),
    type: 'text',
    description: 'Path of the cgroup',
    read: ({ cgroup }) => cgroup?.path,
  },
  {
    ...named('cgroup', 'unit', []),
    type: 'text',
    description: 'Systemd unit',
    read: ({ cgroup }) => cgroup?.unit,
  },
  {
    ...named('cgroup', 'container', []),
    type: 'text',
    description: 'Id of the container; in JSON with its runtime',
    read: ({ cgroup }) => cgroup?.container?.id,
    json: ({ cgroup }) =>
      cgroup?.container === undefined || cgroup.container === null ? null : { ...cgroup.container },
  },
  {
    ...named('cgroup', 'pod', []),
    type: 'text',
    description: 'Name of the pod, or its uid; in JSON with namespace and container',
    read: ({ cgroup }) => cgroup?.pod?.name ?? cgroup?.pod?.uid,
    json: ({ cgroup }) => (cgroup?.pod === undefined || cgroup.pod === null ? null : { ...cgroup.pod }),
  },
  {
    ...named('cgroup', 'podNamespace', ['ns']),
    type: 'text',
    description: 'Kubernetes namespace of the pod',
    read: ({ cgroup }) => cgroup?.pod?.namespace,
  },
];

const NAT: readonly RowField<StoreRow>[] = [
  {
    ...named('nat', 'kind', []),
    type: 'text',
    // A connection without translation has no `nat`.
    values: NAT_KINDS.filter((kind) => kind !== 'none'),
    description: 'Translated ends: source, destination, or both',
    read: ({ nat }) => nat?.kind,
  },
  {
    ...named('nat', 'destination', []),
    type: 'text',
    description: 'True destination with its port; of an accepted connection, the one that the client asked for',
    read: ({ nat }) => nat?.destination,
  },
  {
    ...named('nat', 'source', []),
    type: 'text',
    description: 'Source with its port, as the peer sees it; of an accepted connection, the client’s own',
    read: ({ nat }) => nat?.source,
  },
];

const WATCH: readonly RowField<StoreRow>[] = [
  {
    ...named('watch', 'intervalMs', []),
    type: 'number',
    description: 'Time between two exact reads of a watched connection, milliseconds',
    read: ({ watch }) => watch?.intervalMs,
  },
  {
    ...named('watch', 'untilTime', []),
    type: 'object',
    description: 'Time when the watch ends; null without one',
    json: ({ watch }) => watch?.untilTime ?? null,
  },
  {
    ...named('watch', 'named', []),
    type: 'object',
    description: 'Numbers of the watches that name the connection',
    json: ({ watch }) => (watch === null ? null : watch.named.map(String)),
  },
];

const PAIR: readonly RowField<StoreRow>[] = [
  {
    ...named('pair', 'key', []),
    type: 'text',
    description: 'Key of the row of the other end, if the collector sees that, too',
    read: ({ pair }) => pair?.key,
  },
  {
    ...named('pair', 'uuid', []),
    type: 'text',
    description: 'UUID of the other end',
    read: ({ pair }) => pair?.uuid,
  },
  {
    ...named('pair', 'netnsName', []),
    type: 'text',
    description: 'Network namespace of the other end; null for the collector’s own',
    read: ({ pair }) => pair?.netnsName,
  },
  {
    ...named('pair', 'agrees', []),
    type: 'boolean',
    description: 'True if each end received what the other had acknowledged; null until both have their final counters',
    read: ({ pair }) => pair?.agrees,
  },
];

const MPTCP: readonly RowField<StoreRow>[] = [
  {
    ...named('mptcp', 'token', ['token']),
    type: 'text',
    description:
      'Token of the MPTCP connection in its network namespace, 8 hexadecimal digits: equal in all its subflows',
    read: ({ mptcp }) => mptcp?.token,
  },
  {
    ...named('mptcp', 'subflows', []),
    type: 'object',
    description: 'UUIDs of the subflows of the MPTCP connection that have a row, this one, too',
    json: ({ mptcp }) => mptcp?.subflows ?? null,
  },
  {
    ...named('mptcp', 'backup', []),
    type: 'boolean',
    description: 'True if either end wants the subflow as a backup only',
    read: ({ mptcp }) => mptcp?.backup,
  },
  {
    ...named('mptcp', 'joined', []),
    type: 'boolean',
    description: 'True if the subflow joined the MPTCP connection; false for its first one',
    read: ({ mptcp }) => mptcp?.joined,
  },
  {
    ...named('mptcp', 'idLoc', []),
    type: 'number',
    description: 'MPTCP address id of the local end',
    read: ({ mptcp }) => mptcp?.idLoc,
  },
  {
    ...named('mptcp', 'idRem', []),
    type: 'number',
    description: 'MPTCP address id of the remote end',
    read: ({ mptcp }) => mptcp?.idRem,
  },
  {
    ...named('mptcp', 'cookie', []),
    type: 'text',
    description: 'Cookie of the MPTCP connection’s own socket, 16 hexadecimal digits; null until it was seen',
    read: ({ mptcp }) => mptcp?.cookie,
  },
  {
    ...named('mptcp', 'fellBack', []),
    type: 'boolean',
    description: 'True if the MPTCP connection goes on as plain TCP',
    read: ({ mptcp }) => mptcp?.fellBack,
  },
  {
    ...named('mptcp', 'bytesSent', []),
    type: 'bytes',
    description: 'Bytes that the whole MPTCP connection has sent; null before Linux 6.5',
    read: ({ mptcp }) => mptcp?.bytesSent,
  },
  {
    ...named('mptcp', 'bytesAcked', []),
    type: 'bytes',
    description: 'Bytes of the whole MPTCP connection that its peer has acknowledged',
    read: ({ mptcp }) => mptcp?.bytesAcked,
  },
  {
    ...named('mptcp', 'bytesReceived', []),
    type: 'bytes',
    description: 'Bytes that the whole MPTCP connection has received',
    read: ({ mptcp }) => mptcp?.bytesReceived,
  },
  {
    ...named('mptcp', 'bytesRetrans', []),
    type: 'bytes',
    description: 'Bytes that the MPTCP connection has sent again, also on another subflow',
    read: ({ mptcp }) => mptcp?.bytesRetrans,
  },
  {
    ...named('mptcp', 'retransmits', []),
    type: 'count',
    description: 'Times that the MPTCP connection has sent again',
    read: ({ mptcp }) => mptcp?.retransmits,
  },
];

/** Readers of values of a connection. */
export const CONNECTION_READERS: ConnectionFieldsOptions<StoreRow> = {
  connection: ({ connection }) => connection,
  readers: {
    uuid: ({ identity }) => identity.uuid,
    netnsInode: ({ identity }) => identity.netnsInode,
    netnsName: ({ identity }) => identity.netnsName,
    family: ({ identity }) => identity.family,
    localAddress: ({ identity }) => identity.localAddress,
    localPort: ({ identity }) => identity.localPort,
    remoteAddress: ({ identity }) => identity.remoteAddress,
    remotePort: ({ identity }) => identity.remotePort,
    // Of the rest, those that lists show without being asked.
    startTime: ({ startTime }) => startTime,
    durationUs: ({ durationUs }) => durationUs,
    bytesSent: (row) => row.total('bytesSent'),
    bytesAcked: (row) => row.total('bytesAcked'),
    bytesReceived: (row) => row.total('bytesReceived'),
    bytesRetrans: (row) => row.total('bytesRetrans'),
    totalRetrans: (row) => row.total('totalRetrans'),
    closedFirst: ({ closedFirst }) => closedFirst,
    howEnded: ({ howEnded }) => howEnded,
  },
  bytes: { localAddress: ({ localBytes }) => localBytes, remoteAddress: ({ remoteBytes }) => remoteBytes },
};

/**
 * Fields of a row: all that lists show and expressions use. A name that `now` and `connection` share means the one in
 * `now`.
 */
export const ROW_FIELDS: readonly RowField<StoreRow>[] = [
  ...ROW,
  ...nowFields<StoreRow>(({ now }) => now),
  ...connectionFields<StoreRow>({ ...CONNECTION_READERS, without: ['medianRttUs', 'p95RttUs'] }),
  ...workFields<StoreRow>(({ connection }) => connection),
  ...PROCESS,
  ...CGROUP,
  ...NAT,
  ...WATCH,
  ...PAIR,
  ...MPTCP,
];

/** Flags of whole connections that hold while these go on, too. */
const WHOLE_FLAGS: readonly string[] = ['slow', 'failed', 'reset'];

/** Flags of expressions, `is:name`. */
export const ROW_FLAGS: readonly FlagDefinition<StoreRow>[] = [
  { name: 'open', description: 'The connection has not ended', read: ({ isOpen }) => isOpen },
  { name: 'closed', description: 'The connection has ended', read: ({ isOpen }) => !isOpen },
  { name: 'new', description: 'It began within the last 10 s', read: ({ isOpen, ageUs }) => isOpen && ageUs <= NEW_US },
  {
    name: 'limited',
    description: 'Limited by cwnd, rwnd, sndbuf, pacing or loss',
    read: ({ now }) =>
      now === null || now.derived.limitedBy === null ? null : WAITING_CAUSES.includes(now.derived.limitedBy),
  },
  {
    name: 'lossy',
    description: 'It retransmitted in the last second',
    read: ({ now }) => (now === null ? null : (now.derived.retransmitRateBytes ?? 0) > 0),
  },
  {
    name: 'idle',
    description: 'No payload moved in the last second',
    read: ({ now }) =>
      now === null
        ? null
        : (now.derived.sendThroughputBytesPerSec ?? 0) + (now.derived.receiveThroughputBytesPerSec ?? 0) === 0,
  },
  { name: 'firing', description: 'An alert fires', read: ({ alerts }) => alerts.length > 0 },
  {
    name: 'unknown-process',
    description: 'The process is not known',
    read: ({ processUnknown }) => processUnknown !== null,
  },
  { name: 'watched', description: 'It is read beside the scans', read: ({ watch }) => watch !== null },
  { name: 'paired', description: 'The collector sees its other end, too', read: ({ pair }) => pair !== null },
  { name: 'mptcp', description: 'It is a subflow of an MPTCP connection', read: ({ mptcp }) => mptcp !== null },
  {
    name: 'closing',
    description: 'One end has closed, and the connection is still there',
    read: ({ isOpen, state }) => isOpen && CLOSING.includes(state),
  },
  ...CONNECTION_FLAGS.filter(({ name }) => WHOLE_FLAGS.includes(name)).map(ofRow),
];

/** Returns a flag of whole connections as one of rows. */
export function ofRow({ name, description, read }: FlagDefinition<ConnectionRow>): FlagDefinition<StoreRow> {
  return { name, description, read: ({ connection }) => read(connection) };
}

const CLOSING: readonly number[] = [
  TcpState.FIN_WAIT1,
  TcpState.FIN_WAIT2,
  TcpState.CLOSING,
  TcpState.CLOSE_WAIT,
  TcpState.LAST_ACK,
];

/** Fields in which bare words and numbers are searched. */
export const SEARCHED = {
  searchedTexts: ['localAddress', 'remoteAddress', 'process.command', 'unit', 'cgroup.container', 'pod', 'uuid'],
  searchedNumbers: ['localPort', 'remotePort', 'pid'],
} as const;

/** Names that expressions on rows may use. */
export const ROW_VOCABULARY: Vocabulary<StoreRow> = new Vocabulary<StoreRow>({
  fields: ROW_FIELDS.filter(isScalar),
  flags: ROW_FLAGS,
  ...SEARCHED,
});

/** Returns the text of a time in microseconds since 1970, RFC 3339 UTC. */
export function timeText(us: number): string {
  return formatTimestamp(BigInt(Math.round(us)) * 1000n);
}

function top(
  name: string,
  aliases: readonly string[] = [],
): { readonly part: string; readonly name: string; readonly aliases: readonly string[]; readonly isDefault: boolean } {
  return { part: '', name, aliases, isDefault: !EXTRA.includes(name) };
}

function named(
  part: RowPart,
  name: string,
  aliases: readonly string[],
): { readonly part: string; readonly name: string; readonly aliases: readonly string[]; readonly isDefault: boolean } {
  return { part, name, aliases, isDefault: SHOWN_OWNER.includes(name) };
}
