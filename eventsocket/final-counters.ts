import { fieldOf, readExact } from '../netlink/index.js';
import { TCP_INFO } from '../tcp/index.js';

/**
 * The totals of a connection at its end, from its last `tcp_info`; on the wire under the kernel's names
 * (`tcpi_bytes_sent`). A field is absent where the kernel's struct ends before it. Counts of 64 bits are exact.
 */
export interface FinalCounters {
  /** Payload bytes sent, retransmissions included. */
  readonly bytesSent?: bigint;
  /** Of them, retransmitted. */
  readonly bytesRetrans?: bigint;
  /** Bytes that the peer acknowledged; SYN and FIN count as one each. */
  readonly bytesAcked?: bigint;
  /** Payload bytes received in order. */
  readonly bytesReceived?: bigint;
  readonly segsOut?: number;
  readonly segsIn?: number;
  /** Segments with payload. */
  readonly dataSegsOut?: number;
  readonly dataSegsIn?: number;
  /** Segments retransmitted. */
  readonly totalRetrans?: number;
  /** Segments delivered to the peer, and of them those marked with congestion experienced. */
  readonly delivered?: number;
  readonly deliveredCe?: number;
  /** Duplicates that the peer reported. */
  readonly dsackDups?: number;
  /** Times that reordering was seen. */
  readonly reordSeen?: number;
  /** Segments received out of order. */
  readonly rcvOoopack?: number;
  /** Smoothed round-trip time and its variation, microseconds. */
  readonly rttUs?: number;
  readonly rttvarUs?: number;
  /** The shortest round trip of late, microseconds; null when none was measured. */
  readonly minRttUs?: number | null;
  readonly deliveryRateBytesPerSec?: bigint;
  /** Microseconds with data to send, and of them those limited by the peer's window and by our buffer. */
  readonly busyTimeUs?: bigint;
  readonly rwndLimitedUs?: bigint;
  readonly sndbufLimitedUs?: bigint;
}

/** The fields in the order in which they are written. */
const NAMES = [
  'bytesSent',
  'bytesRetrans',
  'bytesAcked',
  'bytesReceived',
  'segsOut',
  'segsIn',
  'dataSegsOut',
  'dataSegsIn',
  'totalRetrans',
  'delivered',
  'deliveredCe',
  'dsackDups',
  'reordSeen',
  'rcvOoopack',
  'rttUs',
  'rttvarUs',
  'minRttUs',
  'deliveryRateBytesPerSec',
  'busyTimeUs',
  'rwndLimitedUs',
  'sndbufLimitedUs',
] as const satisfies readonly (keyof FinalCounters)[];

const FIELDS = NAMES.map((name) => fieldOf(TCP_INFO, name));

/** The counters in a `tcp_info` of any length. */
export function readFinalCounters(tcpInfo: Uint8Array): FinalCounters {
  const counters: Record<string, number | bigint | null> = {};
  for (const field of FIELDS) {
    const value = readExact(tcpInfo, field);
    if (value !== undefined) counters[field.name] = value === field.nullAt ? null : value;
  }
  return counters;
}

/** A JSON object by the kernel's names. */
export function formatFinalCounters(counters: FinalCounters): string {
  const values = counters as Readonly<Record<string, number | bigint | null | undefined>>;
  const members = FIELDS.flatMap(({ name, cName }) => {
    const value = values[name];
    return value === undefined ? [] : [`"${cName}":${value}`];
  });
  return `{${members.join(',')}}`;
}

/**
 * Reads what {@link formatFinalCounters} wrote, its numbers given as strings of digits. Other names are passed over.
 * @returns undefined when a value is not what its field can hold
 */
export function parseFinalCounters(fields: Readonly<Record<string, unknown>>): FinalCounters | undefined {
  const counters: Record<string, number | bigint | null> = {};
  for (const { name, cName, size, nullAt } of FIELDS) {
    const text = fields[cName];
    if (text === undefined) continue;
    if (text === null && nullAt !== undefined) {
      counters[name] = null;
      continue;
    }
    if (typeof text !== 'string' || !/^\d{1,20}$/.test(text)) return undefined;
    const value = BigInt(text);
    if (value !== BigInt.asUintN(size * 8, value)) return undefined;
    counters[name] = size === 8 ? value : Number(value);
  }
  return counters;
}
