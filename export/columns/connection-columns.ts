import { type ConnectionRow, LIMITED_BY, limitedShare } from '../../analysis/index.js';
import { timestampToNs } from '../../parse/index.js';
import { tcpStateName } from '../../tcp/index.js';
import type { Column, ColumnType, ColumnValue } from './column.js';

type Spec = readonly [
  name: string,
  type: ColumnType,
  unit: string,
  description: string,
  read: (row: ConnectionRow) => ColumnValue,
];

const IDENTITY: readonly Spec[] = [
  ['uuid', 'string', '', 'UUID of the connection', ({ uuid }) => uuid],
  ['netns_inode', 'int64', '', 'Inode of the network namespace; null in the collector’s own', (row) => row.netnsInode],
  ['netns_name', 'string', '', 'Name of the network namespace', (row) => row.netnsName],
  ['idiag_family', 'int32', '', 'AF_INET (2) or AF_INET6 (10)', ({ family }) => family],
  ['idiag_src', 'string', '', 'Local address', ({ localAddress }) => localAddress],
  ['idiag_sport', 'int32', '', 'Local port', ({ localPort }) => localPort],
  ['idiag_dst', 'string', '', 'Remote address', ({ remoteAddress }) => remoteAddress],
  ['idiag_dport', 'int32', '', 'Remote port', ({ remotePort }) => remotePort],
];

const TIMES: readonly Spec[] = [
  ['start_time', 'timestamp', '', 'Time of the first snapshot', ({ startTime }) => timeOf(startTime)],
  ['end_time', 'timestamp', '', 'Time of the last snapshot', ({ endTime }) => timeOf(endTime)],
  ['duration_us', 'int64', 'us', 'From first to last snapshot; null if the clock went back', (row) => row.durationUs],
  ['snapshots', 'int64', 'snapshots', 'Number of snapshots', ({ snapshots }) => snapshots],
  ['last_state', 'string', '', 'State in the last snapshot', ({ lastState }) => tcpStateName(lastState)],
];

const TOTALS: readonly Spec[] = [
  ['bytes_sent', 'int64', 'bytes', 'Payload sent, retransmissions too', ({ bytesSent }) => bytesSent],
  ['bytes_acked', 'int64', 'bytes', 'Payload that the peer acknowledged', ({ bytesAcked }) => bytesAcked],
  ['bytes_received', 'int64', 'bytes', 'Payload received', ({ bytesReceived }) => bytesReceived],
  ['bytes_retrans', 'int64', 'bytes', 'Payload retransmitted', ({ bytesRetrans }) => bytesRetrans],
  ['segs_out', 'int64', 'packets', 'Segments sent', ({ segsOut }) => segsOut],
  ['segs_in', 'int64', 'packets', 'Segments received', ({ segsIn }) => segsIn],
  ['data_segs_out', 'int64', 'packets', 'Segments with data sent', ({ dataSegsOut }) => dataSegsOut],
  ['data_segs_in', 'int64', 'packets', 'Segments with data received', ({ dataSegsIn }) => dataSegsIn],
  ['total_retrans', 'int64', 'packets', 'Segments retransmitted, SYN and FIN too', ({ totalRetrans }) => totalRetrans],
];

const RECORDED: readonly Spec[] = [
  [
    'recorded_bytes_sent',
    'int64',
    'bytes',
    'bytes_sent while it was recorded; less than bytes_sent if the connection is older than its recording',
    ({ recorded }) => recorded.bytesSent,
  ],
  ['recorded_bytes_acked', 'int64', 'bytes', 'bytes_acked while it was recorded', (row) => row.recorded.bytesAcked],
  [
    'recorded_bytes_received',
    'int64',
    'bytes',
    'bytes_received while it was recorded',
    ({ recorded }) => recorded.bytesReceived,
  ],
  ['recorded_bytes_retrans', 'int64', 'bytes', 'bytes_retrans while it was recorded', (r) => r.recorded.bytesRetrans],
  [
    'recorded_total_retrans',
    'int64',
    'packets',
    'total_retrans while it was recorded',
    ({ recorded }) => recorded.totalRetrans,
  ],
  [
    'older_by_us',
    'int64',
    'us',
    'Minimum age at the first snapshot; null if the connection was recorded from its beginning',
    ({ olderByUs }) => olderByUs,
  ],
];

const RTT: readonly Spec[] = [
  ['min_rtt_us', 'int64', 'us', 'Smallest tcpi_min_rtt', ({ minRttUs }) => minRttUs],
  ['median_rtt_us', 'double', 'us', 'Median of tcpi_rtt over snapshots, to 1 %', ({ medianRttUs }) => medianRttUs],
  ['p95_rtt_us', 'double', 'us', '95th percentile of tcpi_rtt over snapshots, to 1 %', ({ p95RttUs }) => p95RttUs],
  ['max_rtt_us', 'int64', 'us', 'Largest tcpi_rtt', ({ maxRttUs }) => maxRttUs],
  ['max_cwnd', 'int64', 'packets', 'Largest congestion window', ({ maxCwnd }) => maxCwnd],
];

const RATES: readonly Spec[] = [
  [
    'send_bytes_per_sec',
    'double',
    'bytes/s',
    'Bytes sent while it was recorded, divided by duration_us',
    (row) => row.sendThroughputBytesPerSec,
  ],
  [
    'goodput_bytes_per_sec',
    'double',
    'bytes/s',
    'Bytes acknowledged while it was recorded, divided by duration_us',
    (row) => row.goodputBytesPerSec,
  ],
  [
    'receive_bytes_per_sec',
    'double',
    'bytes/s',
    'Bytes received while it was recorded, divided by duration_us',
    (row) => row.receiveThroughputBytesPerSec,
  ],
  ['congestion_algorithm', 'string', '', 'Latest congestion algorithm', (row) => row.congestionAlgorithm],
];

const LIMITS: readonly Spec[] = [
  ['busy_time_us', 'int64', 'us', 'tcpi_busy_time at the end', ({ busyTimeUs }) => busyTimeUs],
  ['rwnd_limited_us', 'int64', 'us', 'tcpi_rwnd_limited at the end', ({ rwndLimitedUs }) => rwndLimitedUs],
  ['sndbuf_limited_us', 'int64', 'us', 'tcpi_sndbuf_limited at the end', ({ sndbufLimitedUs }) => sndbufLimitedUs],
  ...LIMITED_BY.map(
    (cause): Spec => [
      `${cause}_share`,
      'double',
      'ratio',
      `Share of the time with a known cause in which ${cause} was the limit`,
      (row) => limitedShare(row, cause),
    ],
  ),
  [
    'limited_by',
    'string',
    '',
    'Cause with the largest share of the time, idle time aside; idle when there is no other',
    ({ limitedBy }) => limitedBy,
  ],
  [
    'limited_by_evidence',
    'string',
    '',
    'Kind of evidence for limited_by: clock, window, rate, recovery or absence',
    ({ limitedByEvidence }) => limitedByEvidence,
  ],
  [
    'limited_by_runner_up',
    'string',
    '',
    'Second cause, if its share of the time is within 10 points of limited_by; else null',
    ({ limitedByRunnerUp }) => limitedByRunnerUp,
  ],
  [
    'closed_first',
    'string',
    '',
    'End that sent the first FIN: local, remote or unknown',
    ({ closedFirst }) => closedFirst,
  ],
  [
    'how_ended',
    'string',
    '',
    'closed, reset_local, reset_remote, reset, refused, unanswered, failed, timeout, open (at the end of the archive) or unknown',
    ({ howEnded }) => howEnded,
  ],
  [
    'ending_unknown_because',
    'string',
    '',
    'Reason for which how_ended is not known better: no_end_record, reset_sender, opener or old_kernel; else null',
    ({ endingUnknownBecause }) => endingUnknownBecause,
  ],
];

/** Columns of the table with one row per connection; docs/analysis.md defines each. */
export const CONNECTION_COLUMNS: readonly Column<ConnectionRow>[] = [
  ...columns('identity', IDENTITY),
  ...columns('time', TIMES),
  ...columns('totals', TOTALS),
  ...columns('recorded', RECORDED),
  ...columns('rtt', RTT),
  ...columns('rates', RATES),
  ...columns('limits', LIMITS),
];

function columns(group: string, specs: readonly Spec[]): Column<ConnectionRow>[] {
  return specs.map(([name, type, unit, description, read]) => ({
    name,
    group,
    type,
    description,
    read,
    ...(unit === '' ? {} : { unit }),
  }));
}

const INT64_FIRST = '1677-09-22';
const INT64_LAST = '2262-04-11';

/** Returns the nanoseconds of a timestamp; null without a timestamp, or if int64 cannot hold it. */
function timeOf(text: string): bigint | null {
  return text >= INT64_FIRST && text < INT64_LAST ? (timestampToNs(text) ?? null) : null;
}
