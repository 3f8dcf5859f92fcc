import { fieldOf, readExact } from '../../netlink/index.js';
import { TCP_INFO } from '../../tcp/index.js';

/**
 * Totals of a connection at its end, from its last `tcp_info`; on the wire with the kernel's names (`tcpi_bytes_sent`).
 * A field is absent if the kernel's struct ends before it. 64-bit counts are exact.
 */
export interface FinalCounters {
  /** Payload bytes sent, retransmissions included. */
  readonly bytesSent?: bigint;
  /** Payload bytes retransmitted; part of `bytesSent`. */
  readonly bytesRetrans?: bigint;
  /** Bytes acknowledged by the peer; SYN and FIN count as one each. */
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
  /** Segments delivered to the peer. `deliveredCe` counts those marked with congestion experienced. */
  readonly delivered?: number;
  readonly deliveredCe?: number;
  /** Duplicate segments reported by the peer. */
  readonly dsackDups?: number;
  /** Number of reordering events seen. */
  readonly reordSeen?: number;
  /** Segments received out of order. */
  readonly rcvOoopack?: number;
  /** Smoothed round-trip time and its variation, microseconds. */
  readonly rttUs?: number;
  readonly rttvarUs?: number;
  /** Minimum round-trip time in the kernel's recent window, microseconds; null if not measured. */
  readonly minRttUs?: number | null;
  readonly deliveryRateBytesPerSec?: bigint;
  /** Time with data to send, microseconds. The next two are the parts limited by the peer's window and our buffer. */
  readonly busyTimeUs?: bigint;
  readonly rwndLimitedUs?: bigint;
  readonly sndbufLimitedUs?: bigint;
}

/** Fields in the order in which they are written. */
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

/** Reads the counters in a `tcp_info` of any length. */
export function readFinalCounters(tcpInfo: Uint8Array): FinalCounters {
  const counters: Record<string, number | bigint | null> = {};
  for (const field of FIELDS) {
    const value = readExact(tcpInfo, field);
    if (value !== undefined) counters[field.name] = value === field.nullAt ? null : value;
  }
  return counters;
}

/** Formats counters as a JSON object with the kernel's names. */
export function formatFinalCounters(counters: FinalCounters): string {
  const values = counters as Readonly<Record<string, number | bigint | null | undefined>>;
  const members = FIELDS.flatMap(({ name, cName }) => {
    const value = values[name];
    return value === undefined ? [] : [`"${cName}":${value}`];
  });
  return `{${members.join(',')}}`;
}

/**
 * Parses an object of {@link formatFinalCounters} whose numbers are strings of digits. Skips unknown names.
 * @returns undefined when a value does not fit its field
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
