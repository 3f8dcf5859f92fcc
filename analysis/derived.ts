import type { BbrPhase } from './bbr-phase.js';
import type { LimitEvidence, LimitedBy } from './limited-by.js';

/**
 * Figures derived from a snapshot and the previous one of the same connection. Null where unknown: in the first
 * snapshot, for a field that the kernel lacks, or after a clock or counter went back. Never NaN, never negative. Rates
 * are in bytes a second, shares from 0 to 1. docs/analysis.md has each formula.
 */
export interface Derived {
  /** Time since the previous snapshot; null without one, or if the clock did not go forward. */
  intervalUs: number | null;
  /** Payload sent, retransmissions included, per second. */
  sendThroughputBytesPerSec: number | null;
  /** Payload acknowledged by the peer, per second. */
  goodputBytesPerSec: number | null;
  /** Payload received in order, per second. */
  receiveThroughputBytesPerSec: number | null;
  /** Share of the sent bytes that were retransmitted; null if none were sent. */
  retransmitRateBytes: number | null;
  /** Share of the sent data segments that were retransmitted; null if none were sent. SYN and FIN do not count. */
  retransmitRateSegments: number | null;
  /** Packets in flight, as the kernel counts them. */
  flightPackets: number | null;
  /** Packets in flight, times the segment size. */
  bytesInFlight: number | null;
  /** Bytes sent and not acknowledged, including those that arrived out of order or were lost. */
  outstandingBytes: number | null;
  /** Congestion window in packets, times the segment size. */
  cwndBytes: number | null;
  /** Packets in flight, divided by the congestion window; may exceed 1 while the window shrinks. */
  cwndUse: number | null;
  /**
   * Outstanding bytes, divided by the receiver's window; may exceed 1 while the window shrinks; null if the window is
   * 0.
   */
  rwndUse: number | null;
  bbrPhase: BbrPhase | null;
  /**
   * Share of the interval in which data was outstanding or waiting; includes `rwndLimitedShare` and
   * `sndbufLimitedShare`.
   */
  busyShare: number | null;
  /** Share of the interval in which the receiver's window was the limit. */
  rwndLimitedShare: number | null;
  /** Share of the interval in which the send buffer was too small. */
  sndbufLimitedShare: number | null;
  /** Smoothed round-trip time minus the smallest. */
  queueingDelayUs: number | null;
  /** Number of exchanges (a request and its answer) that ended in the interval. */
  exchanges: number;
  /** Cause that limited the connection in the interval. */
  limitedBy: LimitedBy | null;
  /** Kind of evidence for `limitedBy`; null if `limitedBy` is null. */
  limitedByEvidence: LimitEvidence | null;
}

/** Creates figures that are all unknown. */
export function newDerived(): Derived {
  return {
    intervalUs: null,
    sendThroughputBytesPerSec: null,
    goodputBytesPerSec: null,
    receiveThroughputBytesPerSec: null,
    retransmitRateBytes: null,
    retransmitRateSegments: null,
    flightPackets: null,
    bytesInFlight: null,
    outstandingBytes: null,
    cwndBytes: null,
    cwndUse: null,
    rwndUse: null,
    bbrPhase: null,
    busyShare: null,
    rwndLimitedShare: null,
    sndbufLimitedShare: null,
    queueingDelayUs: null,
    exchanges: 0,
    limitedBy: null,
    limitedByEvidence: null,
  };
}
