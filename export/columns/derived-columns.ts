import type { Column, ColumnType, DerivedValues } from './column.js';

type Spec = readonly [
  name: string,
  key: keyof DerivedValues,
  type: ColumnType,
  unit: string | undefined,
  description: string,
];

const SPECS: readonly Spec[] = [
  ['interval_us', 'intervalUs', 'int64', 'us', 'Time since the previous row; null in a connection’s first row'],
  ['send_bytes_per_sec', 'sendThroughputBytesPerSec', 'double', 'bytes/s', 'Payload sent, retransmissions too'],
  ['goodput_bytes_per_sec', 'goodputBytesPerSec', 'double', 'bytes/s', 'Payload that the peer acknowledged'],
  ['receive_bytes_per_sec', 'receiveThroughputBytesPerSec', 'double', 'bytes/s', 'Payload received in order'],
  ['retransmit_rate_bytes', 'retransmitRateBytes', 'double', 'ratio', 'Share of sent bytes that were retransmitted'],
  [
    'retransmit_rate_segments',
    'retransmitRateSegments',
    'double',
    'ratio',
    'Share of sent data segments that were retransmitted',
  ],
  ['flight_packets', 'flightPackets', 'int64', 'packets', 'Packets in flight, as the kernel counts them'],
  ['bytes_in_flight', 'bytesInFlight', 'int64', 'bytes', 'Packets in flight, times the segment size'],
  ['outstanding_bytes', 'outstandingBytes', 'int64', 'bytes', 'Bytes sent and not acknowledged'],
  ['cwnd_bytes', 'cwndBytes', 'int64', 'bytes', 'Congestion window, times the segment size'],
  ['cwnd_use', 'cwndUse', 'double', 'ratio', 'Packets in flight, divided by the congestion window'],
  ['rwnd_use', 'rwndUse', 'double', 'ratio', 'Outstanding bytes, divided by the peer’s window; null if that is 0'],
  ['bbr_phase', 'bbrPhase', 'string', undefined, 'Phase of BBR, by its gains, e.g. startup or probe_rtt'],
  ['busy_share', 'busyShare', 'double', 'ratio', 'Share of the interval with data outstanding or waiting'],
  [
    'rwnd_limited_share',
    'rwndLimitedShare',
    'double',
    'ratio',
    'Share of the interval in which the peer’s window was the limit',
  ],
  [
    'sndbuf_limited_share',
    'sndbufLimitedShare',
    'double',
    'ratio',
    'Share of the interval in which the send buffer was the limit',
  ],
  ['queueing_delay_us', 'queueingDelayUs', 'int64', 'us', 'Smoothed round-trip time minus the smallest'],
  [
    'limited_by',
    'limitedBy',
    'string',
    undefined,
    'Cause that limited the connection in the interval: application, cwnd, rwnd, sndbuf, pacing, loss, peer or idle',
  ],
  [
    'limited_by_evidence',
    'limitedByEvidence',
    'string',
    undefined,
    'Kind of evidence for limited_by: clock, window, rate, recovery or absence',
  ],
];

/** Columns derived from a row and the previous one of the same connection; null if nothing was derived. */
export const DERIVED_COLUMNS: readonly Column[] = SPECS.map(([name, key, type, unit, description]): Column => {
  const column = { name, group: 'derived', type, description };
  return { ...column, ...(unit === undefined ? {} : { unit }), read: ({ derived }) => derived?.[key] ?? null };
});
