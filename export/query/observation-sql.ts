import { type ConnectionIdentity, newObservation, type Observation } from '../../analysis/index.js';
import { formatTimestamp } from '../../parse/index.js';

type Key = Exclude<
  keyof Observation,
  'timestamp' | 'timeUs' | 'hasInfo' | 'state' | 'appLimited' | 'congestionAlgorithm'
>;

/** SQL expressions for the numbers of an observation, with the same values as `observe` reads from a record. */
const NUMBERS: Readonly<Record<Key, string>> = {
  infoState: 'nullif(tcpi_state, 0)',
  shutdown: 'shutdown',
  wqueueBytes: 'idiag_wqueue',
  rqueueBytes: 'idiag_rqueue',
  caState: 'tcpi_ca_state',
  retransmits: 'tcpi_retransmits',
  probes: 'tcpi_probes',
  sndMssBytes: 'nullif(tcpi_snd_mss, 0)',
  unacked: 'tcpi_unacked',
  sacked: 'tcpi_sacked',
  lost: 'tcpi_lost',
  retrans: 'tcpi_retrans',
  lastDataSentMs: 'tcpi_last_data_sent',
  lastDataRecvMs: 'tcpi_last_data_recv',
  lastAckRecvMs: 'tcpi_last_ack_recv',
  rttUs: 'nullif(tcpi_rtt, 0)',
  minRttUs: 'tcpi_min_rtt',
  sndCwnd: 'tcpi_snd_cwnd',
  totalRetrans: 'tcpi_total_retrans',
  pacingRateBytesPerSec: 'tcpi_pacing_rate',
  maxPacingRateBytesPerSec: 'tcpi_max_pacing_rate',
  bytesAcked: 'tcpi_bytes_acked',
  bytesReceived: 'tcpi_bytes_received',
  segsOut: 'tcpi_segs_out',
  segsIn: 'tcpi_segs_in',
  dataSegsOut: 'tcpi_data_segs_out',
  dataSegsIn: 'tcpi_data_segs_in',
  delivered: 'tcpi_delivered',
  notsentBytes: 'tcpi_notsent_bytes',
  deliveryRateBytesPerSec: 'nullif(tcpi_delivery_rate, 0)',
  busyTimeUs: 'tcpi_busy_time',
  rwndLimitedUs: 'tcpi_rwnd_limited',
  sndbufLimitedUs: 'tcpi_sndbuf_limited',
  bytesSent: 'tcpi_bytes_sent',
  bytesRetrans: 'tcpi_bytes_retrans',
  sndWndBytes: 'tcpi_snd_wnd',
  rcvWndBytes: 'tcpi_rcv_wnd',
  bbrPacingGain: 'bbr_pacing_gain',
  bbrCwndGain: 'bbr_cwnd_gain',
  wmemQueuedBytes: 'skmem_wmem_queued',
  sndbufBytes: 'skmem_sndbuf',
  rmemAllocBytes: 'skmem_rmem_alloc',
  rcvbufBytes: 'skmem_rcvbuf',
};
const KEYS = Object.keys(NUMBERS) as Key[];

const OTHERS = [
  'uuid',
  'netns_inode',
  'netns_name',
  'idiag_family',
  'idiag_src',
  'idiag_sport',
  'idiag_dst',
  'idiag_dport',
  'timestamp_ns',
  'tcpi_state IS NOT NULL',
  'idiag_state',
  'congestion_algorithm',
  'CASE WHEN tcpi_delivery_rate IS NOT NULL THEN coalesce(tcpi_delivery_rate_app_limited, false) END',
] as const;

/** Returns the query for {@link readObservation}: connection after connection, each in order of time. */
export function observationQuery(table: string): string {
  const expressions = [...OTHERS, ...KEYS.map((key) => NUMBERS[key])];
  return `SELECT ${expressions.join(', ')} FROM ${table} ORDER BY uuid, ${ENDS_WITHOUT_UUID}, timestamp_ns`;
}

/** Sorting expression for archives without metadata, whose snapshots only have addresses and ports as an identity. */
const ENDS_WITHOUT_UUID = `CASE WHEN uuid IS NULL THEN concat_ws(' ', idiag_src, idiag_sport, idiag_dst, idiag_dport) END`;

/** Returns whether two consecutive rows belong to one connection. */
export function isSameConnection(a: ConnectionIdentity, b: ConnectionIdentity): boolean {
  if (a.uuid !== null || b.uuid !== null) return a.uuid === b.uuid;
  const isSameNear = a.localAddress === b.localAddress && a.localPort === b.localPort;
  return isSameNear && a.remoteAddress === b.remoteAddress && a.remotePort === b.remotePort;
}

/** Observation of a snapshot with the identity of its connection. */
export interface ObservedRow {
  readonly identity: ConnectionIdentity;
  /** Observation; the same object for every row. */
  readonly observation: Observation;
}

const observation = newObservation();

/** Reads a row of {@link observationQuery}. */
export function readObservation(row: readonly unknown[]): ObservedRow {
  const [uuid, inode, name, family, src, sport, dst, dport, ns, hasInfo, state, algorithm, appLimited] = row;
  observation.timestamp = typeof ns === 'bigint' ? formatTimestamp(ns) : '';
  observation.timeUs = typeof ns === 'bigint' ? Number(ns / 1000n) : 0;
  observation.hasInfo = hasInfo === true;
  observation.state = toNumber(state) ?? 0;
  observation.congestionAlgorithm = toText(algorithm);
  observation.appLimited = typeof appLimited === 'boolean' ? appLimited : null;
  for (const [i, key] of KEYS.entries()) observation[key] = toNumber(row[OTHERS.length + i]);
  const identity = {
    uuid: toText(uuid),
    netnsInode: toNumber(inode),
    netnsName: toText(name),
    family: toNumber(family) ?? 0,
    localAddress: toText(src) ?? '',
    localPort: toNumber(sport) ?? 0,
    remoteAddress: toText(dst) ?? '',
    remotePort: toNumber(dport) ?? 0,
  };
  return { identity, observation };
}

/** Returns a number; null for a value that it cannot hold exactly, as in `observe`. */
function toNumber(value: unknown): number | null {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : null;
}

function toText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
