import type { BbrPhase } from './bbr-phase.js';
import type { LimitEvidence, LimitedBy } from './limited-by.js';

/**
 * Figures that follow from a snapshot and the one before it of the same connection. Null where it cannot be known: of a first
 * snapshot, of a field that the kernel lacks, after a clock or a counter that went back. Never NaN, never negative.
 * Rates are in bytes a second, shares from 0 to 1. docs/analysis.md has each formula.
 */
export interface Derived {
  /** Since the snapshot before; null when there is none, or when the clock did not go forward. */
  intervalUs: number | null;
  /** Payload sent, retransmissions included. */
  sendThroughputBytesPerSec: number | null;
  /** Payload that the peer acknowledged. */
  goodputBytesPerSec: number | null;
  /** Payload received in order. */
  receiveThroughputBytesPerSec: number | null;
  /** Bytes retransmitted among the bytes sent; null when none was sent. */
  retransmitRateBytes: number | null;
  /** Segments with data retransmitted among all with data; null when none was sent. SYN and FIN are in neither. */
  retransmitRateSegments: number | null;
  /** Packets that are on their way, as far as the kernel knows. */
  flightPackets: number | null;
  /** Bytes in flight, by the segment size. */
  bytesInFlight: number | null;
  /** Bytes sent and not acknowledged, those that arrived out of order or were lost included. */
  outstandingBytes: number | null;
  /** The congestion window in bytes, by the segment size. */
  cwndBytes: number | null;
  /** Packets in flight by the congestion window; may exceed 1 while the window shrinks. */
  cwndUse: number | null;
  /** Outstanding bytes by the receiver's window; may exceed 1 while the window shrinks; null when the window is 0. */
  rwndUse: number | null;
  bbrPhase: BbrPhase | null;
  /** Share of the interval in which data was outstanding or waiting; includes the two below. */
  busyShare: number | null;
  /** Share of the interval in which the receiver's window held data back. */
  rwndLimitedShare: number | null;
  /** Share of the interval in which the send buffer was too small. */
  sndbufLimitedShare: number | null;
  /** Smoothed round-trip time above the smallest. */
  queueingDelayUs: number | null;
  /** Exchanges, a request and its answer, that ended in the interval; 0 when there is none. */
  exchanges: number;
  /** Cause that limited the connection in the interval. */
  limitedBy: LimitedBy | null;
  /** Kind of evidence for `limitedBy`; null together with it. */
  limitedByEvidence: LimitEvidence | null;
}

/** Returns figures of which nothing is known. */
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
