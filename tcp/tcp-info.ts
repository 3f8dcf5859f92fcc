/** struct tcp_info — include/uapi/linux/tcp.h, 280 bytes in 6.18; its table is in tcp-info-table.ts. */
import type { DecodedStruct } from '../netlink/index.js';

/**
 * struct tcp_info — include/uapi/linux/tcp.h, 280 bytes in 6.18: payload of INET_DIAG_INFO and getsockopt(TCP_INFO).
 *
 * A name includes its unit: `Us`, `Ms`, `Bytes`, `BytesPerSec`. Names without a unit count packets, segments or events,
 * or are enumerations. A field is absent when the kernel's struct ends before it. For a LISTEN socket the kernel fills
 * only state, unacked, sacked, reordering, sndCwnd and the two pacing rates.
 */
export interface TcpInfo extends DecodedStruct {
  /** Connection state, a `TcpState`. */
  readonly state?: number;
  /** State of congestion control, a `TcpCaState`. */
  readonly caState?: number;
  /** Consecutive retransmission timeouts that are not recovered yet. */
  readonly retransmits?: number;
  /** Zero-window or keepalive probes without an answer. */
  readonly probes?: number;
  /** Exponent of the retransmission timer's backoff. */
  readonly backoff?: number;
  /** Negotiated options, `TCPI_OPT_*` bits. */
  readonly options?: number;
  /** Window scale (bits to shift) of the peer's windows, 0 to 14; only with TCPI_OPT_WSCALE. */
  readonly sndWscale?: number;
  /** Window scale (bits to shift) of our windows, 0 to 14; only with TCPI_OPT_WSCALE. */
  readonly rcvWscale?: number;
  /** True when the application limited the sample of `deliveryRateBytesPerSec`. False before 4.9. */
  readonly deliveryRateAppLimited?: boolean;
  /** Reason why TCP Fast Open did not carry data, a `TcpFastopenClientFail`. 0 before 5.5. */
  readonly fastopenClientFail?: number;
  /** Retransmission timeout in microseconds, in steps of a jiffy. */
  readonly rtoUs?: number;
  /** Delayed-ACK timeout in microseconds; 0 before data arrives. */
  readonly atoUs?: number;
  /** Payload bytes of a full segment that we send. */
  readonly sndMssBytes?: number;
  /** Payload bytes of a full segment that the peer sends, an estimate. */
  readonly rcvMssBytes?: number;
  /** Packets in flight. LISTEN sockets: connections waiting for accept. */
  readonly unacked?: number;
  /** Packets in flight that the peer has SACKed. LISTEN sockets: limit of the backlog. */
  readonly sacked?: number;
  /** Packets in flight that are considered lost. */
  readonly lost?: number;
  /** Retransmitted packets that are not acknowledged yet. */
  readonly retrans?: number;
  /** Forward-acknowledged packets; always 0 since 4.15. */
  readonly fackets?: number;
  /** Milliseconds since data was last sent. */
  readonly lastDataSentMs?: number;
  /** Always 0: the kernel never fills it. */
  readonly lastAckSentMs?: number;
  /** Milliseconds since data last arrived. */
  readonly lastDataRecvMs?: number;
  /** Milliseconds since an ACK last arrived. */
  readonly lastAckRecvMs?: number;
  /** Path MTU in bytes. */
  readonly pmtuBytes?: number;
  /** Limit up to which our receive window may grow. */
  readonly rcvSsthreshBytes?: number;
  /** Smoothed round-trip time in microseconds; 0 until the first sample. */
  readonly rttUs?: number;
  /** Mean deviation of the round-trip time in microseconds. */
  readonly rttvarUs?: number;
  /** Slow-start threshold; null while it is unset (0x7fffffff). */
  readonly sndSsthresh?: number | null;
  /** Congestion window, in packets. */
  readonly sndCwnd?: number;
  /** Segment size that we advertised. */
  readonly advmssBytes?: number;
  /** Packets of reordering that TCP tolerates before it considers a packet lost. */
  readonly reordering?: number;
  /** Receiver's estimate of the round-trip time in microseconds; 0 without an estimate. */
  readonly rcvRttUs?: number;
  /** Bytes that the application reads per round trip, as estimated by receive-buffer tuning. */
  readonly rcvSpaceBytes?: number;
  /** Packets retransmitted so far. Wraps at 2^32. */
  readonly totalRetrans?: number;
  /** Pacing rate; null when unlimited (~0). */
  readonly pacingRateBytesPerSec?: number | null;
  /** Upper limit of the pacing rate; null when unlimited (~0). */
  readonly maxPacingRateBytesPerSec?: number | null;
  /** Bytes that the peer has acknowledged; our SYN and FIN count one each. */
  readonly bytesAcked?: number;
  /** Bytes received in order; the peer's FIN counts one. */
  readonly bytesReceived?: number;
  /** Segments sent, including pure ACKs and retransmissions. Wraps at 2^32. */
  readonly segsOut?: number;
  /** Segments received. Wraps at 2^32. */
  readonly segsIn?: number;
  /** Bytes in the send queue that were never sent. */
  readonly notsentBytes?: number;
  /** Smallest recent round-trip time in microseconds; null before the first sample (~0). */
  readonly minRttUs?: number | null;
  /** Segments with payload received. Wraps at 2^32. */
  readonly dataSegsIn?: number;
  /** Segments with payload sent, including retransmissions. Wraps at 2^32. */
  readonly dataSegsOut?: number;
  /** Newest sample of the rate at which data reaches the peer; 0 without a sample. */
  readonly deliveryRateBytesPerSec?: number;
  /** Microseconds with data outstanding, in steps of a jiffy. */
  readonly busyTimeUs?: number;
  /** Microseconds of `busyTimeUs` in which the peer's window was the limit. */
  readonly rwndLimitedUs?: number;
  /** Microseconds of `busyTimeUs` in which our send buffer was the limit. */
  readonly sndbufLimitedUs?: number;
  /** Data packets that reached the peer. Wraps at 2^32. */
  readonly delivered?: number;
  /** Packets of `delivered` that the peer reports as marked CE. Wraps at 2^32. */
  readonly deliveredCe?: number;
  /** Payload bytes sent, including retransmissions, without SYN and FIN. */
  readonly bytesSent?: number;
  /** Payload bytes retransmitted. */
  readonly bytesRetrans?: number;
  /** Duplicates that the peer reported by DSACK. Wraps at 2^32. */
  readonly dsackDups?: number;
  /** Reorderings seen. Wraps at 2^32. */
  readonly reordSeen?: number;
  /** Packets received out of order. Wraps at 2^32. */
  readonly rcvOoopack?: number;
  /** Window that the peer advertises, after scaling. */
  readonly sndWndBytes?: number;
  /** Window that we advertise, after scaling. */
  readonly rcvWndBytes?: number;
  /** Number of times that the flow's hash was changed to try another path. */
  readonly rehash?: number;
  /** Retransmission timeouts so far. Wraps at 2^16. */
  readonly totalRto?: number;
  /** Recoveries from a series of timeouts. Wraps at 2^16. */
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
  /** Bytes received marked ECT(0), also with plain ECN. Wraps at 2^32. */
  readonly receivedE0Bytes?: number;
  /** Bytes received marked CE. Wraps at 2^32. */
  readonly receivedCeBytes?: number;
  /** Failures of AccECN, `TcpAccEcnFailMode` bits. The offset depends on the kernel, see `decodeTcpInfo`. */
  readonly accecnFailMode?: number;
  /** AccECN option that arrived, a `TcpAccEcnOptSeen`. The offset depends on the kernel, see `decodeTcpInfo`. */
  readonly accecnOptSeen?: number;
  /** Mode of ECN, a `TcpEcnMode`. Absent before 7.0. */
  readonly ecnMode?: number;
  /** More negotiated options. Absent before 7.0. */
  readonly options2?: number;
}
