/**
 * Values of one snapshot for analysis. Null if the kernel did not send a field, sent its sentinel, or has no value yet.
 * Meant for reuse: {@link newObservation} creates one, an `observe…` function fills it.
 */
export interface Observation {
  /** Timestamp as archived, RFC 3339. */
  timestamp: string;
  /** Timestamp in microseconds since the Unix epoch. */
  timeUs: number;
  /** True if the record has a tcp_info; without it the fields below `congestionAlgorithm` are null. */
  hasInfo: boolean;
  /** `idiag_state`, a `TcpState`; 0 for a record without RawIDM. */
  state: number;
  /**
   * `tcpi_state`; null if 0. Differs from `state` in the last record of a disconnected socket, whose `tcp_info` is a
   * scan's.
   */
  infoState: number | null;
  /** Shut down directions, bits 1 (receive) and 2 (send). */
  shutdown: number | null;
  /** `idiag_wqueue`: bytes written by the application and not acknowledged, sent or not; a FIN counts one. */
  wqueueBytes: number | null;
  /** `idiag_rqueue`: bytes that arrived and are unread; a FIN counts one. */
  rqueueBytes: number | null;
  /** `INET_DIAG_CONG`, e.g. `cubic`. */
  congestionAlgorithm: string | null;
  /** `tcpi_ca_state`, a `TcpCaState`. */
  caState: number | null;
  /** `tcpi_retransmits`: consecutive retransmission timeouts. */
  retransmits: number | null;
  /** `tcpi_probes`: window or keepalive probes without an answer. */
  probes: number | null;
  /** `tcpi_snd_mss`; null if 0. */
  sndMssBytes: number | null;
  /** `tcpi_unacked`, packets. */
  unacked: number | null;
  /** `tcpi_sacked`, packets. */
  sacked: number | null;
  /** `tcpi_lost`, packets. */
  lost: number | null;
  /** `tcpi_retrans`, packets. */
  retrans: number | null;
  /** `tcpi_last_data_sent`. */
  lastDataSentMs: number | null;
  /** `tcpi_last_data_recv`. */
  lastDataRecvMs: number | null;
  /** `tcpi_last_ack_recv`. */
  lastAckRecvMs: number | null;
  /** `tcpi_rtt`; null before the first sample (the kernel's 0). */
  rttUs: number | null;
  /** `tcpi_rttvar`: mean deviation of the round-trip time; null before the first sample. */
  rttvarUs: number | null;
  /** `tcpi_min_rtt`; null before the first sample. */
  minRttUs: number | null;
  /** `tcpi_snd_cwnd`, packets. */
  sndCwnd: number | null;
  /** `tcpi_total_retrans`, packets. Wraps at 2^32, as all counts of packets do. */
  totalRetrans: number | null;
  /** `tcpi_pacing_rate`; null if unlimited. */
  pacingRateBytesPerSec: number | null;
  /** `tcpi_max_pacing_rate`, SO_MAX_PACING_RATE; null if not set. */
  maxPacingRateBytesPerSec: number | null;
  /** `tcpi_bytes_acked`; the SYN of the connecting end and the FIN count one each. */
  bytesAcked: number | null;
  /** `tcpi_bytes_received`; the peer's FIN counts one. */
  bytesReceived: number | null;
  /** `tcpi_segs_out`. */
  segsOut: number | null;
  /** `tcpi_segs_in`. */
  segsIn: number | null;
  /** `tcpi_data_segs_out`, retransmissions included. */
  dataSegsOut: number | null;
  /** `tcpi_data_segs_in`. */
  dataSegsIn: number | null;
  /** `tcpi_delivered`: segments that arrived, including SYN and FIN. */
  delivered: number | null;
  /** `tcpi_notsent_bytes`: bytes written by the application and never sent. */
  notsentBytes: number | null;
  /** `tcpi_delivery_rate`; null before the first sample (the kernel's 0). */
  deliveryRateBytesPerSec: number | null;
  /** `tcpi_delivery_rate_app_limited`. */
  appLimited: boolean | null;
  /** `tcpi_busy_time`: total time with data outstanding or waiting. */
  busyTimeUs: number | null;
  /** `tcpi_rwnd_limited`, part of the busy time. */
  rwndLimitedUs: number | null;
  /** `tcpi_sndbuf_limited`, part of the busy time. */
  sndbufLimitedUs: number | null;
  /** `tcpi_bytes_sent`, retransmissions included. */
  bytesSent: number | null;
  /** `tcpi_bytes_retrans`. */
  bytesRetrans: number | null;
  /** `tcpi_snd_wnd`: the receiver's window. */
  sndWndBytes: number | null;
  /** `tcpi_rcv_wnd`: the window that this end advertises. */
  rcvWndBytes: number | null;
  /** `bbr_pacing_gain`, in 1/256. */
  bbrPacingGain: number | null;
  /** `bbr_cwnd_gain`, in 1/256. */
  bbrCwndGain: number | null;
  /** `SK_MEMINFO_WMEM_QUEUED`: memory of the send queue. */
  wmemQueuedBytes: number | null;
  /** `SK_MEMINFO_SNDBUF`: limit of the send queue. */
  sndbufBytes: number | null;
  /** `SK_MEMINFO_RMEM_ALLOC`: memory of the receive queue. */
  rmemAllocBytes: number | null;
  /** `SK_MEMINFO_RCVBUF`: limit of the receive queue. */
  rcvbufBytes: number | null;
}

/** Creates an observation whose fields are all unknown. */
export function newObservation(): Observation {
  return {
    timestamp: '',
    timeUs: 0,
    hasInfo: false,
    state: 0,
    infoState: null,
    shutdown: null,
    wqueueBytes: null,
    rqueueBytes: null,
    congestionAlgorithm: null,
    caState: null,
    retransmits: null,
    probes: null,
    sndMssBytes: null,
    unacked: null,
    sacked: null,
    lost: null,
    retrans: null,
    lastDataSentMs: null,
    lastDataRecvMs: null,
    lastAckRecvMs: null,
    rttUs: null,
    rttvarUs: null,
    minRttUs: null,
    sndCwnd: null,
    totalRetrans: null,
    pacingRateBytesPerSec: null,
    maxPacingRateBytesPerSec: null,
    bytesAcked: null,
    bytesReceived: null,
    segsOut: null,
    segsIn: null,
    dataSegsOut: null,
    dataSegsIn: null,
    delivered: null,
    notsentBytes: null,
    deliveryRateBytesPerSec: null,
    appLimited: null,
    busyTimeUs: null,
    rwndLimitedUs: null,
    sndbufLimitedUs: null,
    bytesSent: null,
    bytesRetrans: null,
    sndWndBytes: null,
    rcvWndBytes: null,
    bbrPacingGain: null,
    bbrCwndGain: null,
    wmemQueuedBytes: null,
    sndbufBytes: null,
    rmemAllocBytes: null,
    rcvbufBytes: null,
  };
}

/** Returns the packets in flight, as the kernel counts them (`tcp_packets_in_flight`); null if a part is unknown. */
export function packetsInFlight({ unacked, sacked, lost, retrans }: Observation): number | null {
  if (unacked === null || sacked === null || lost === null || retrans === null) return null;
  return Math.max(0, unacked - sacked - lost + retrans);
}

/** Returns the bytes sent and not acknowledged, `snd_nxt - snd_una`; null before 4.6. */
export function outstandingBytes({ wqueueBytes, notsentBytes }: Observation): number | null {
  // The kernel reads the two one after the other, while the socket goes on.
  return wqueueBytes === null || notsentBytes === null ? null : Math.max(0, wqueueBytes - notsentBytes);
}

/** Copies all fields. Assigning them one by one is many times as fast as Object.assign. */
export function copyObservation(from: Observation, to: Observation): void {
  to.timestamp = from.timestamp;
  to.timeUs = from.timeUs;
  to.hasInfo = from.hasInfo;
  to.state = from.state;
  to.infoState = from.infoState;
  to.shutdown = from.shutdown;
  to.wqueueBytes = from.wqueueBytes;
  to.rqueueBytes = from.rqueueBytes;
  to.congestionAlgorithm = from.congestionAlgorithm;
  to.caState = from.caState;
  to.retransmits = from.retransmits;
  to.probes = from.probes;
  to.sndMssBytes = from.sndMssBytes;
  to.unacked = from.unacked;
  to.sacked = from.sacked;
  to.lost = from.lost;
  to.retrans = from.retrans;
  to.lastDataSentMs = from.lastDataSentMs;
  to.lastDataRecvMs = from.lastDataRecvMs;
  to.lastAckRecvMs = from.lastAckRecvMs;
  to.rttUs = from.rttUs;
  to.rttvarUs = from.rttvarUs;
  to.minRttUs = from.minRttUs;
  to.sndCwnd = from.sndCwnd;
  to.totalRetrans = from.totalRetrans;
  to.pacingRateBytesPerSec = from.pacingRateBytesPerSec;
  to.maxPacingRateBytesPerSec = from.maxPacingRateBytesPerSec;
  to.bytesAcked = from.bytesAcked;
  to.bytesReceived = from.bytesReceived;
  to.segsOut = from.segsOut;
  to.segsIn = from.segsIn;
  to.dataSegsOut = from.dataSegsOut;
  to.dataSegsIn = from.dataSegsIn;
  to.delivered = from.delivered;
  to.notsentBytes = from.notsentBytes;
  to.deliveryRateBytesPerSec = from.deliveryRateBytesPerSec;
  to.appLimited = from.appLimited;
  to.busyTimeUs = from.busyTimeUs;
  to.rwndLimitedUs = from.rwndLimitedUs;
  to.sndbufLimitedUs = from.sndbufLimitedUs;
  to.bytesSent = from.bytesSent;
  to.bytesRetrans = from.bytesRetrans;
  to.sndWndBytes = from.sndWndBytes;
  to.rcvWndBytes = from.rcvWndBytes;
  to.bbrPacingGain = from.bbrPacingGain;
  to.bbrCwndGain = from.bbrCwndGain;
  to.wmemQueuedBytes = from.wmemQueuedBytes;
  to.sndbufBytes = from.sndbufBytes;
  to.rmemAllocBytes = from.rmemAllocBytes;
  to.rcvbufBytes = from.rcvbufBytes;
}
