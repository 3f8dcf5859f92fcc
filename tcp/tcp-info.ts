/** struct tcp_info — include/uapi/linux/tcp.h, 280 bytes in 6.18; its table is in tcp-info-table.ts. */
import type { DecodedStruct } from '../netlink/index.js';

/**
 * struct tcp_info — include/uapi/linux/tcp.h, 280 bytes in 6.18: what INET_DIAG_INFO and getsockopt(TCP_INFO) carry.
 *
 * A name says its unit: `Us`, `Ms`, `Bytes`, `BytesPerSec`; a bare name counts packets, segments or events, or is an
 * enumeration. A field is absent where the kernel's struct ends before it. Of a LISTEN socket the kernel fills only
 * state, unacked, sacked, reordering, sndCwnd and the two pacing rates.
 */
export interface TcpInfo extends DecodedStruct {
  /** Connection state, a `TcpState`. */
  readonly state?: number;
  /** State of congestion control, a `TcpCaState`. */
  readonly caState?: number;
  /** Retransmission timeouts in a row that are not recovered yet. */
  readonly retransmits?: number;
  /** Zero-window or keepalive probes without an answer. */
  readonly probes?: number;
  /** Exponent of the retransmission timer's backoff. */
  readonly backoff?: number;
  /** Negotiated options, `TCPI_OPT_*` bits. */
  readonly options?: number;
  /** Shift that the peer's windows are scaled by, 0 to 14; only with TCPI_OPT_WSCALE. */
  readonly sndWscale?: number;
  /** Shift that our windows are scaled by, 0 to 14; only with TCPI_OPT_WSCALE. */
  readonly rcvWscale?: number;
  /** Whether the sample of `deliveryRateBytesPerSec` was limited by the application. False before 4.9. */
  readonly deliveryRateAppLimited?: boolean;
  /** A `TcpFastopenClientFail`. 0 before 5.5. */
  readonly fastopenClientFail?: number;
  /** Retransmission timeout in microseconds, in steps of a jiffy. */
  readonly rtoUs?: number;
  /** Delayed-ACK timeout in microseconds; 0 before data arrived. */
  readonly atoUs?: number;
  /** Payload bytes of a full segment that we send. */
  readonly sndMssBytes?: number;
  /** Payload bytes of a full segment of the peer's, an estimate. */
  readonly rcvMssBytes?: number;
  /** Packets in flight. Of a LISTEN socket: connections waiting for accept. */
  readonly unacked?: number;
  /** Packets in flight that the peer has SACKed. Of a LISTEN socket: the backlog's limit. */
  readonly sacked?: number;
  /** Packets in flight that are taken for lost. */
  readonly lost?: number;
  /** Packets that are retransmitted and not acknowledged yet. */
  readonly retrans?: number;
  /** Forward-acknowledged packets; always 0 since 4.15. */
  readonly fackets?: number;
  /** Milliseconds since data was last sent. */
  readonly lastDataSentMs?: number;
  /** Never filled by the kernel: 0. */
  readonly lastAckSentMs?: number;
  /** Milliseconds since data last arrived. */
  readonly lastDataRecvMs?: number;
  /** Milliseconds since an ACK last arrived. */
  readonly lastAckRecvMs?: number;
  /** Path MTU. */
  readonly pmtuBytes?: number;
  /** Up to where our window may open. */
  readonly rcvSsthreshBytes?: number;
  /** Smoothed round-trip time in microseconds; 0 until the first sample. */
  readonly rttUs?: number;
  /** Mean deviation of the round-trip time in microseconds. */
  readonly rttvarUs?: number;
  /** Slow-start threshold; null while there is none (0x7fffffff). */
  readonly sndSsthresh?: number | null;
  /** Congestion window. */
  readonly sndCwnd?: number;
  /** Segment size that we advertised. */
  readonly advmssBytes?: number;
  /** Reordering that is tolerated before a packet is taken for lost. */
  readonly reordering?: number;
  /** Round-trip time as a receiver sees it, microseconds; 0 without an estimate. */
  readonly rcvRttUs?: number;
  /** What the application reads in a round trip, as receive-buffer tuning has it. */
  readonly rcvSpaceBytes?: number;
  /** Packets retransmitted so far. Wraps at 2^32. */
  readonly totalRetrans?: number;
  /** Pacing rate; null when there is none (~0). */
  readonly pacingRateBytesPerSec?: number | null;
  /** Upper limit of the pacing rate; null when there is none (~0). */
  readonly maxPacingRateBytesPerSec?: number | null;
  /** Bytes that the peer has acknowledged; our SYN and FIN count one each. */
  readonly bytesAcked?: number;
  /** Bytes received in order; the peer's FIN counts one. */
  readonly bytesReceived?: number;
  /** Segments sent, pure ACKs and retransmissions too. Wraps at 2^32. */
  readonly segsOut?: number;
  /** Segments received. Wraps at 2^32. */
  readonly segsIn?: number;
  /** Bytes in the send queue that were never sent. */
  readonly notsentBytes?: number;
  /** Smallest round-trip time of late, microseconds; null before the first sample (~0). */
  readonly minRttUs?: number | null;
  /** Segments with payload received. Wraps at 2^32. */
  readonly dataSegsIn?: number;
  /** Segments with payload sent, retransmissions too. Wraps at 2^32. */
  readonly dataSegsOut?: number;
  /** Newest sample of the rate at which the peer gets data; 0 without a sample. */
  readonly deliveryRateBytesPerSec?: number;
  /** Microseconds with data outstanding, in steps of a jiffy. */
  readonly busyTimeUs?: number;
  /** Microseconds of these in which the peer's window was the limit. */
  readonly rwndLimitedUs?: number;
  /** Microseconds of these in which our send buffer was the limit. */
  readonly sndbufLimitedUs?: number;
  /** Packets with data that reached the peer. Wraps at 2^32. */
  readonly delivered?: number;
  /** Packets of these that the peer reports as marked CE. Wraps at 2^32. */
  readonly deliveredCe?: number;
  /** Payload bytes sent, retransmissions too, without SYN and FIN. */
  readonly bytesSent?: number;
  /** Payload bytes retransmitted. */
  readonly bytesRetrans?: number;
  /** Duplicates that the peer reported by DSACK. Wraps at 2^32. */
  readonly dsackDups?: number;
  /** Reorderings seen. Wraps at 2^32. */
  readonly reordSeen?: number;
  /** Packets received out of order. Wraps at 2^32. */
  readonly rcvOoopack?: number;
  /** The window that the peer advertises, scaled. */
  readonly sndWndBytes?: number;
  /** The window that we advertise, scaled. */
  readonly rcvWndBytes?: number;
  /** Times that the flow's hash was changed to get another path. */
  readonly rehash?: number;
  /** Retransmission timeouts so far. Wraps at 2^16. */
  readonly totalRto?: number;
  /** Runs of timeouts that were recovered from. Wraps at 2^16. */
  readonly totalRtoRecoveries?: number;
  /** Milliseconds spent in recovery from timeouts. */
  readonly totalRtoTimeMs?: number;
  /** Packets received with a CE mark. Wraps at 2^32. */
  readonly receivedCe?: number;
  /** Bytes that reached the peer marked ECT(1). Wraps at 2^32. */
  readonly deliveredE1Bytes?: number;
  /** Bytes that reached the peer marked ECT(0). Wraps at 2^32. */
  readonly deliveredE0Bytes?: number;
  /** Bytes that reached the peer marked CE. Wraps at 2^32. */
  readonly deliveredCeBytes?: number;
  /** Bytes received marked ECT(1). Wraps at 2^32. */
  readonly receivedE1Bytes?: number;
  /** Bytes received marked ECT(0), with plain ECN too. Wraps at 2^32. */
  readonly receivedE0Bytes?: number;
  /** Bytes received marked CE. Wraps at 2^32. */
  readonly receivedCeBytes?: number;
  /** `TcpAccEcnFailMode` bits: how accurate ECN failed. Where it lies depends on the kernel, see `decodeTcpInfo`. */
  readonly accecnFailMode?: number;
  /** A `TcpAccEcnOptSeen`: which AccECN option arrived. Where it lies depends on the kernel, see `decodeTcpInfo`. */
  readonly accecnOptSeen?: number;
  /** A `TcpEcnMode`. Absent before 7.0. */
  readonly ecnMode?: number;
  /** More negotiated options. Absent before 7.0. */
  readonly options2?: number;
}
