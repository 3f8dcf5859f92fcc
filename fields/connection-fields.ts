import {
  CLOSED_FIRST,
  type ConnectionRow,
  ENDING_UNKNOWN,
  HOW_ENDED,
  IDENTITY_KEYS,
  LIMIT_EVIDENCE,
  LIMITED_BY,
  timestampToUs,
} from '../analysis/index.js';
import { CONNECTION_COLUMNS } from '../export/columns/index.js';
import { AF_INET, AF_INET6 } from '../netlink/index.js';
import { TCP_STATE_NAMES, tcpStateName } from '../tcp/index.js';
import { quantityOf } from './kernel-field.js';
import type { ObjectField, RowField, ScalarField } from './row-field.js';

/** Keys of a {@link ConnectionRow} whose values are no scalars. */
type ObjectKey = 'recorded' | 'limitedUs';

/** Key of a {@link ConnectionRow} with a scalar value. */
export type ConnectionKey = Exclude<keyof ConnectionRow, ObjectKey | 'process' | 'conntrack' | 'recording'>;

/** Reader of one value of a row, in place of the one that makes the whole {@link ConnectionRow}. */
type Readers<Row> = { readonly [K in ConnectionKey]?: (row: Row) => ConnectionRow[K] };

/** Options of {@link connectionFields}. */
export interface ConnectionFieldsOptions<Row> {
  readonly connection: (row: Row) => ConnectionRow;
  /** Readers that are faster than `connection`. */
  readonly readers?: Readers<Row>;
  /** Readers of 16 bytes of an address, as `comparableAddress` returns them. */
  readonly bytes?: Readonly<Record<'localAddress' | 'remoteAddress', (row: Row) => Uint8Array>>;
  /** Further names of fields. */
  readonly aliases?: Readonly<Partial<Record<ConnectionKey, readonly string[]>>>;
  /** Keys to leave out. */
  readonly without?: readonly (keyof ConnectionRow)[];
}

/** Column with the description and the unit of each value; a text is a description, without a column. */
const COLUMNS: Readonly<Record<ConnectionKey, string>> = {
  uuid: 'uuid',
  netnsInode: 'netns_inode',
  netnsName: 'netns_name',
  family: 'idiag_family',
  localAddress: 'idiag_src',
  localPort: 'idiag_sport',
  remoteAddress: 'idiag_dst',
  remotePort: 'idiag_dport',
  startTime: 'start_time',
  endTime: 'end_time',
  durationUs: 'duration_us',
  snapshots: 'snapshots',
  lastState: 'last_state',
  bytesSent: 'bytes_sent',
  bytesAcked: 'bytes_acked',
  bytesReceived: 'bytes_received',
  bytesRetrans: 'bytes_retrans',
  segsOut: 'segs_out',
  segsIn: 'segs_in',
  dataSegsOut: 'data_segs_out',
  dataSegsIn: 'data_segs_in',
  totalRetrans: 'total_retrans',
  olderByUs: 'older_by_us',
  minRttUs: 'min_rtt_us',
  medianRttUs: 'median_rtt_us',
  p95RttUs: 'p95_rtt_us',
  maxRttUs: 'max_rtt_us',
  maxCwnd: 'max_cwnd',
  sendThroughputBytesPerSec: 'send_bytes_per_sec',
  goodputBytesPerSec: 'goodput_bytes_per_sec',
  receiveThroughputBytesPerSec: 'receive_bytes_per_sec',
  congestionAlgorithm: 'congestion_algorithm',
  busyTimeUs: 'busy_time_us',
  rwndLimitedUs: 'rwnd_limited_us',
  sndbufLimitedUs: 'sndbuf_limited_us',
  hasPeerFin: '',
  exchanges: '',
  maxPacingRateBytesPerSec: '',
  maxPacingRateUs: '',
  limitedBy: 'limited_by',
  limitedByEvidence: 'limited_by_evidence',
  limitedByRunnerUp: 'limited_by_runner_up',
  closedFirst: 'closed_first',
  howEnded: 'how_ended',
  endingUnknownBecause: 'ending_unknown_because',
};

/** Values without a column. */
const OTHERS: Readonly<Partial<Record<ConnectionKey, Pick<ScalarField<never>, 'type' | 'description' | 'unit'>>>> = {
  hasPeerFin: { type: 'boolean', description: 'True if the peer’s FIN was seen, which counts one byte as received' },
  exchanges: { type: 'count', description: 'Exchanges (a request and its answer) seen' },
  maxPacingRateBytesPerSec: { type: 'rate', unit: 'B/s', description: 'Latest SO_MAX_PACING_RATE; null if not set' },
  maxPacingRateUs: {
    type: 'duration',
    unit: 'us',
    description: 'Part of the time of pacing in which SO_MAX_PACING_RATE was the pacing rate',
  },
};

/** Values of fields that have few. */
const VALUES: Readonly<Partial<Record<ConnectionKey, readonly string[] | readonly number[]>>> = {
  family: [AF_INET, AF_INET6],
  limitedBy: LIMITED_BY,
  limitedByEvidence: LIMIT_EVIDENCE,
  limitedByRunnerUp: LIMITED_BY,
  closedFirst: CLOSED_FIRST,
  howEnded: HOW_ENDED,
  endingUnknownBecause: ENDING_UNKNOWN,
};

/** Values that lists show unless they are asked for others. */
const DEFAULT: readonly (keyof ConnectionRow)[] = [
  'netnsName',
  'localAddress',
  'localPort',
  'remoteAddress',
  'remotePort',
  'bytesSent',
  'bytesAcked',
  'bytesReceived',
  'howEnded',
];

/** Values that are those of the connection's ends and its beginning. */
const FIXED: readonly (keyof ConnectionRow)[] = [...IDENTITY_KEYS, 'startTime'];

const BY_NAME = new Map(CONNECTION_COLUMNS.map((column) => [column.name, column]));

/** Short names of ends, which are also the terms of `-filter`. */
const SHORT: Readonly<Partial<Record<ConnectionKey, readonly string[]>>> = {
  localAddress: ['src'],
  localPort: ['sport'],
  remoteAddress: ['dst'],
  remotePort: ['dport'],
  netnsName: ['netns'],
};

/** Returns the fields of part `connection`: all values of a {@link ConnectionRow}, with units and descriptions. */
export function connectionFields<Row>(options: ConnectionFieldsOptions<Row>): RowField<Row>[] {
  const { connection, without = [] } = options;
  const scalars = (Object.keys(COLUMNS) as ConnectionKey[]).map((key) => scalarField(key, options));
  const objects: ObjectField<Row>[] = [
    {
      ...named('recorded'),
      type: 'object',
      description:
        'Counters of the recorded time; less than the counters if the connection is older than its recording',
      json: (row) => ({ ...connection(row).recorded }),
    },
    {
      ...named('limitedUs'),
      type: 'object',
      unit: 'us',
      description: 'Time limited by each cause',
      json: (row) => ({ ...connection(row).limitedUs }),
    },
  ];
  return [...scalars, ...objects].filter(({ name }) => !without.some((key) => key === name));
}

function scalarField<Row>(key: ConnectionKey, options: ConnectionFieldsOptions<Row>): ScalarField<Row> {
  const columnName = COLUMNS[key];
  const column = BY_NAME.get(columnName);
  const aliases = [...(column === undefined || columnName === key ? [] : [columnName]), ...(SHORT[key] ?? [])];
  const base = { ...named(key), aliases: [...aliases, ...(options.aliases?.[key] ?? [])] };
  const { connection } = options;
  const read: (row: Row) => ConnectionRow[ConnectionKey] = options.readers?.[key] ?? ((row) => connection(row)[key]);
  if (key === 'startTime' || key === 'endTime') {
    const time = (row: Row) => String(read(row));
    const description = column?.description ?? '';
    return { ...base, type: 'time', unit: 'us', description, read: (row) => timestampToUs(time(row)), json: time };
  }
  if (key === 'lastState') {
    const description = `${column?.description ?? ''}, as a number in JSON`;
    return {
      ...base,
      type: 'text',
      values: TCP_STATE_NAMES,
      description,
      read: (row) => tcpStateName(options.connection(row).lastState),
      json: (row) => options.connection(row).lastState,
    };
  }
  if (key === 'localAddress' || key === 'remoteAddress') {
    const readBytes = options.bytes?.[key];
    const description = column?.description ?? '';
    const address = (row: Row) => String(read(row));
    return { ...base, type: 'address', description, read: address, ...(readBytes === undefined ? {} : { readBytes }) };
  }
  const described = OTHERS[key] ?? describedBy(key);
  // The table says which type each value has; a test compares it with the values of rows.
  const values = VALUES[key];
  return { ...base, ...described, ...(values === undefined ? {} : { values }), read } as ScalarField<Row>;
}

function describedBy(key: ConnectionKey): Pick<ScalarField<never>, 'type' | 'description' | 'unit'> {
  const column = BY_NAME.get(COLUMNS[key]);
  if (column === undefined) throw new TypeError(`connection value ${key} has no description`);
  const { description } = column;
  if (key === 'localPort' || key === 'remotePort') return { type: 'port', description };
  return { ...quantityOf(column), description };
}

function named(name: keyof ConnectionRow): {
  readonly part: string;
  readonly name: string;
  readonly isDefault: boolean;
  readonly isFixed: boolean;
} {
  return { part: 'connection', name, isDefault: DEFAULT.includes(name), isFixed: FIXED.includes(name) };
}
