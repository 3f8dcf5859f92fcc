import {
  type ConnectionRow,
  connectionVerdict,
  hasRetransmittedData,
  neverOpened,
  retransmitRate,
  WAITING_CAUSES,
} from '../analysis/index.js';
import { type FlagDefinition, Vocabulary } from '../expression/index.js';
import { connectionFields } from './connection-fields.js';
import { isScalar, type RowField } from './row-field.js';

/** Values that are computed of a row. */
const COMPUTED: readonly RowField<ConnectionRow>[] = [
  {
    part: 'connection',
    name: 'throughputBytesPerSec',
    aliases: ['rate'],
    type: 'rate',
    unit: 'B/s',
    description: 'Payload that the peer acknowledged and payload received, together, over the recorded time',
    read: ({ goodputBytesPerSec: out, receiveThroughputBytesPerSec: received }) =>
      out === null && received === null ? null : (out ?? 0) + (received ?? 0),
  },
  {
    part: 'connection',
    name: 'retransmitRateBytes',
    aliases: ['retrans', 'retr'],
    type: 'ratio',
    description: 'Share of the sent bytes that were retransmitted; before Linux 4.19, share of the segments',
    read: retransmitRate,
  },
  {
    part: 'connection',
    name: 'open',
    type: 'boolean',
    description: 'True if the archive has no end of the connection',
    read: isOpen,
  },
];

/**
 * Fields of a connection as a whole, as archives give it. Short names have the meaning that fits a whole connection:
 * `rtt` is the median, `cwnd` the largest window.
 */
export const CONNECTION_FIELDS: readonly RowField<ConnectionRow>[] = [
  ...connectionFields<ConnectionRow>({
    connection: (row) => row,
    aliases: {
      medianRttUs: ['rttUs', 'rtt'],
      minRttUs: ['minrtt'],
      maxCwnd: ['cwnd'],
      sendThroughputBytesPerSec: ['send'],
      receiveThroughputBytesPerSec: ['recv'],
      durationUs: ['age', 'ageUs'],
      limitedBy: ['limited'],
      lastState: ['state'],
      congestionAlgorithm: ['cc'],
    },
  }),
  ...COMPUTED,
];

/** Flags of a connection as a whole, `is:name`. */
export const CONNECTION_FLAGS: readonly FlagDefinition<ConnectionRow>[] = [
  { name: 'open', description: 'The archive has no end of the connection', read: isOpen },
  { name: 'closed', description: 'The connection has ended', read: (row) => !isOpen(row) },
  {
    name: 'limited',
    description: 'Limited most by cwnd, rwnd, sndbuf, pacing or loss',
    read: ({ limitedBy }) => (limitedBy === null ? null : WAITING_CAUSES.includes(limitedBy)),
  },
  {
    name: 'lossy',
    description: 'It retransmitted data',
    read: (row) => (row.bytesRetrans === null && row.totalRetrans === null ? null : hasRetransmittedData(row)),
  },
  {
    name: 'idle',
    description: 'No payload moved, or nothing for nearly all of the time',
    read: (row) => {
      const { kind } = connectionVerdict(row);
      return kind === 'unknown' ? null : kind === 'idle' || kind === 'empty';
    },
  },
  { name: 'failed', description: 'It was never opened: refused, unanswered, or failed', read: neverOpened },
  {
    name: 'reset',
    description: 'One of the ends reset it',
    read: ({ howEnded }) =>
      howEnded === 'unknown' ? null : howEnded === 'reset' || howEnded === 'reset_local' || howEnded === 'reset_remote',
  },
];

/** Names that expressions on connections of archives may use. */
export const CONNECTION_VOCABULARY: Vocabulary<ConnectionRow> = new Vocabulary<ConnectionRow>({
  fields: CONNECTION_FIELDS.filter(isScalar),
  flags: CONNECTION_FLAGS,
  searchedTexts: ['localAddress', 'remoteAddress', 'uuid'],
  searchedNumbers: ['localPort', 'remotePort'],
});

function isOpen({ howEnded }: ConnectionRow): boolean {
  return howEnded === 'open';
}
