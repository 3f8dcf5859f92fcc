import {
  BBR_PHASES,
  type Derived,
  LIMIT_EVIDENCE,
  LIMITED_BY,
  OBSERVED_FIELDS,
  type Observation,
  type ObservedNumber,
} from '../analysis/index.js';
import { columnName, DERIVED_COLUMNS, describeColumn } from '../export/columns/index.js';
import { TcpCaState } from '../tcp/index.js';
import { quantityOf, quantityOfUnit } from './kernel-field.js';
import type { RowField, ScalarField } from './row-field.js';

/** Values of a moment: a snapshot and what is derived from it. */
export interface Moment {
  readonly observation: Observation;
  readonly derived: Derived;
}

/** Short names of values. */
const SHORT: Readonly<Record<string, readonly string[]>> = {
  rttUs: ['rtt'],
  minRttUs: ['minrtt'],
  rttvarUs: ['rttvar'],
  queueingDelayUs: ['queue'],
  sndCwnd: ['cwnd'],
  bytesInFlight: ['flight'],
  sendThroughputBytesPerSec: ['send'],
  receiveThroughputBytesPerSec: ['recv'],
  retransmitRateBytes: ['retrans', 'retr'],
  limitedBy: ['limited'],
};

/** Values that lists show unless they are asked for others. */
const DEFAULT: readonly string[] = [
  'rttUs',
  'minRttUs',
  'sendThroughputBytesPerSec',
  'goodputBytesPerSec',
  'receiveThroughputBytesPerSec',
  'retransmitRateBytes',
  'limitedBy',
];

/** Numbers of the kernel that hold at a moment. Its counters are in part `connection`. */
const GAUGES = [
  'rttUs',
  'minRttUs',
  'rttvarUs',
  'sndCwnd',
  'sndMssBytes',
  'sndWndBytes',
  'rcvWndBytes',
  'rqueueBytes',
  'wqueueBytes',
  'notsentBytes',
  'unacked',
  'sacked',
  'lost',
  'retrans',
  'retransmits',
  'probes',
  'shutdown',
  'lastDataSentMs',
  'lastDataRecvMs',
  'lastAckRecvMs',
  'pacingRateBytesPerSec',
  'maxPacingRateBytesPerSec',
  'deliveryRateBytesPerSec',
  'bbrPacingGain',
  'bbrCwndGain',
  'wmemQueuedBytes',
  'sndbufBytes',
  'rmemAllocBytes',
  'rcvbufBytes',
] as const satisfies readonly ObservedNumber[];

/** Values whose short name means another value: `retrans` is the share of the bytes. */
const QUALIFIED: readonly ObservedNumber[] = ['retrans'];

/** Descriptions of values that are null here where the kernel's field is 0. */
const DESCRIPTIONS: Readonly<Partial<Record<ObservedNumber, string>>> = {
  rttUs: 'Smoothed round-trip time; null before the first sample',
  rttvarUs: 'Mean deviation of the round-trip time; null before the first sample',
  deliveryRateBytesPerSec: 'Latest sample of the delivery rate to the peer; null before the first sample',
  rqueueBytes: 'Bytes received and not read; a FIN counts one',
  wqueueBytes: 'Bytes not sent or not acknowledged; a FIN counts one',
  unacked: 'Packets in flight',
  sacked: 'Packets in flight that the peer has SACKed',
};

/** Derived values, by the names of their columns. */
const DERIVED: Readonly<Record<Exclude<keyof Derived, 'intervalUs' | 'exchanges'>, string>> = {
  sendThroughputBytesPerSec: 'send_bytes_per_sec',
  goodputBytesPerSec: 'goodput_bytes_per_sec',
  receiveThroughputBytesPerSec: 'receive_bytes_per_sec',
  retransmitRateBytes: 'retransmit_rate_bytes',
  retransmitRateSegments: 'retransmit_rate_segments',
  flightPackets: 'flight_packets',
  bytesInFlight: 'bytes_in_flight',
  outstandingBytes: 'outstanding_bytes',
  cwndBytes: 'cwnd_bytes',
  cwndUse: 'cwnd_use',
  rwndUse: 'rwnd_use',
  bbrPhase: 'bbr_phase',
  busyShare: 'busy_share',
  rwndLimitedShare: 'rwnd_limited_share',
  sndbufLimitedShare: 'sndbuf_limited_share',
  queueingDelayUs: 'queueing_delay_us',
  limitedBy: 'limited_by',
  limitedByEvidence: 'limited_by_evidence',
};

/** Values of texts that have few. */
const VALUES: Readonly<Partial<Record<keyof Derived, readonly string[]>>> = {
  bbrPhase: BBR_PHASES,
  limitedBy: LIMITED_BY,
  limitedByEvidence: LIMIT_EVIDENCE,
};

const CA_STATES: readonly string[] = Object.keys(TcpCaState);

/** Returns the kernel's name of a state of congestion control without its prefix, or `UNKNOWN(n)`. */
export function caStateName(state: number): string {
  return CA_STATES[state] ?? `UNKNOWN(${state})`;
}

/**
 * Returns the fields of part `now`: gauges as of the last record, rates over the last second.
 * @param now returns the values of a row; null if it has none
 */
export function nowFields<Row>(now: (row: Row) => Moment | null): RowField<Row>[] {
  const rate = (row: Row): number | null => {
    const moment = now(row);
    if (moment === null) return null;
    const { goodputBytesPerSec: out, receiveThroughputBytesPerSec: received } = moment.derived;
    return out === null && received === null ? null : (out ?? 0) + (received ?? 0);
  };
  // Long lists read these from each row: a property by its name takes a third of the time of one by a variable.
  const readers: Readers<Row> = {
    rttUs: (row) => now(row)?.observation.rttUs,
    minRttUs: (row) => now(row)?.observation.minRttUs,
    sendThroughputBytesPerSec: (row) => now(row)?.derived.sendThroughputBytesPerSec,
    goodputBytesPerSec: (row) => now(row)?.derived.goodputBytesPerSec,
    receiveThroughputBytesPerSec: (row) => now(row)?.derived.receiveThroughputBytesPerSec,
    retransmitRateBytes: (row) => now(row)?.derived.retransmitRateBytes,
    limitedBy: (row) => now(row)?.derived.limitedBy,
  };
  return [
    ...GAUGES.map((key) => gaugeField(key, now, readers)),
    ...(Object.keys(DERIVED) as (keyof typeof DERIVED)[]).map((key) => derivedField(key, now, readers)),
    {
      ...named('throughputBytesPerSec', ['rate']),
      type: 'rate',
      unit: 'B/s',
      description: 'Payload that the peer acknowledged and payload received, together',
      read: rate,
    },
    {
      ...named('exchanges', []),
      type: 'count',
      description: 'Exchanges (a request and its answer) that ended in the second',
      read: (row) => now(row)?.derived.exchanges,
    },
    {
      ...named('caState', ['tcpi_ca_state']),
      type: 'text',
      values: CA_STATES,
      description: 'State of congestion control: Open, Disorder, CWR, Recovery or Loss',
      read: (row) => {
        const state = now(row)?.observation.caState ?? null;
        return state === null ? null : caStateName(state);
      },
    },
    {
      ...named('congestionAlgorithm', ['cc']),
      type: 'text',
      description: 'Congestion algorithm, e.g. cubic',
      read: (row) => now(row)?.observation.congestionAlgorithm,
    },
    {
      ...named('appLimited', ['tcpi_delivery_rate_app_limited']),
      type: 'boolean',
      description: 'True if the application limited the sample of the delivery rate',
      read: (row) => now(row)?.observation.appLimited,
    },
  ];
}

/** Readers of single values, in place of those that work for any. */
type Readers<Row> = {
  readonly [K in (typeof GAUGES)[number]]?: (row: Row) => Observation[K] | undefined;
} & { readonly [K in keyof typeof DERIVED]?: (row: Row) => Derived[K] | undefined };

function gaugeField<Row>(
  key: (typeof GAUGES)[number],
  now: (row: Row) => Moment | null,
  readers: Readers<Row>,
): RowField<Row> {
  const { field } = OBSERVED_FIELDS[key];
  const column = columnName(field);
  const quantity = quantityOfUnit(field.unit);
  if (quantity.type === 'text' || quantity.type === 'boolean') throw new TypeError(`${key} is not a number`);
  return {
    ...named(key, column === key ? [] : [column]),
    ...(QUALIFIED.includes(key) ? { isQualified: true } : {}),
    type: quantity.type,
    ...(quantity.unit === undefined ? {} : { unit: quantity.unit }),
    description: DESCRIPTIONS[key] ?? describeColumn(column),
    since: field.since,
    read: readers[key] ?? ((row) => now(row)?.observation[key]),
  };
}

function derivedField<Row>(
  key: keyof typeof DERIVED,
  now: (row: Row) => Moment | null,
  readers: Readers<Row>,
): RowField<Row> {
  const column = DERIVED_COLUMNS.find(({ name }) => name === DERIVED[key]);
  if (column === undefined) throw new TypeError(`derived value ${key} has no column`);
  const read: (row: Row) => Derived[typeof key] | undefined = readers[key] ?? ((row) => now(row)?.derived[key]);
  // The column says which type each value has; a test compares it with the values of rows.
  return {
    ...named(key, [column.name]),
    ...quantityOf(column),
    ...(VALUES[key] === undefined ? {} : { values: VALUES[key] }),
    description: column.description,
    read,
  } as ScalarField<Row>;
}

function named(
  name: string,
  aliases: readonly string[],
): { readonly part: string; readonly name: string; readonly aliases: readonly string[]; readonly isDefault: boolean } {
  return { part: 'now', name, aliases: [...aliases, ...(SHORT[name] ?? [])], isDefault: DEFAULT.includes(name) };
}
