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
import { slowFlag, workFields } from './work-fields.js';

/** Returns the rates of a connection over its whole recorded time. */
export function wholeRates<Row>(connection: (row: Row) => ConnectionRow): readonly RowField<Row>[] {
  return [
    {
      part: 'connection',
      name: 'throughputBytesPerSec',
      aliases: ['rate'],
      type: 'rate',
      unit: 'B/s',
      description: 'Payload that the peer acknowledged and payload received, together, over the recorded time',
      read: (row) => {
        const { goodputBytesPerSec: out, receiveThroughputBytesPerSec: received } = connection(row);
        return out === null && received === null ? null : (out ?? 0) + (received ?? 0);
      },
    },
    {
      part: 'connection',
      name: 'retransmitRateBytes',
      aliases: ['retrans', 'retr'],
      type: 'ratio',
      description: 'Share of the sent bytes that were retransmitted; before Linux 4.19, share of the segments',
      read: (row) => retransmitRate(connection(row)),
    },
  ];
}

const itself = (row: ConnectionRow): ConnectionRow => row;

/** Values that are computed of a row. */
const COMPUTED: readonly RowField<ConnectionRow>[] = [
  ...workFields(itself),
  ...wholeRates(itself),
  {
    part: 'connection',
    name: 'open',
    type: 'boolean',
    description: 'True if the archive has no end of the connection',
    read: isOpen,
  },
];

/** Short names of values of a connection as a whole, with the meaning that fits it: `rtt` is the median. */
export const WHOLE_ALIASES = {
  medianRttUs: ['rttUs', 'rtt'],
  minRttUs: ['minrtt'],
  maxCwnd: ['cwnd'],
  sendThroughputBytesPerSec: ['send'],
  receiveThroughputBytesPerSec: ['recv'],
  limitedBy: ['limited'],
  congestionAlgorithm: ['cc'],
} as const;

/**
 * Fields of a connection as a whole, as archives give it. Short names have the meaning that fits a whole connection:
 * `rtt` is the median, `cwnd` the largest window.
 */
export const CONNECTION_FIELDS: readonly RowField<ConnectionRow>[] = [
  ...connectionFields<ConnectionRow>({
    connection: itself,
    aliases: { ...WHOLE_ALIASES, durationUs: ['age', 'ageUs'], lastState: ['state'] },
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
  slowFlag(itself),
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
