import {
  bytesWithoutPayload,
  counterIncrease,
  counterIncrease32,
  type Observation,
  retransmittedDataSegments,
} from '../../analysis/index.js';
import { LimitSums } from './limit-sums.js';

/** Growth of a connection's counters in the current second. Counters that the kernel lacks stay 0. */
export class SecondGrowth {
  records = 0;
  sentBytes = 0;
  ackedBytes = 0;
  /** Growth of the kernel's counter, which counts the peer's FIN as a byte. */
  receivedBytes = 0;
  /** Bytes of it that are no payload. */
  receivedSigns = 0;
  retransBytes = 0;
  segments = 0;
  retransSegments = 0;
  busyUs = 0;
  rwndUs = 0;
  sndbufUs = 0;
  exchanges = 0;
  readonly limits = new LimitSums();

  /** Adds the growth between two snapshots. */
  add(before: Observation, now: Observation): void {
    this.sentBytes += counterIncrease(before.bytesSent, now.bytesSent) ?? 0;
    this.ackedBytes += counterIncrease(before.bytesAcked, now.bytesAcked) ?? 0;
    this.receivedBytes += counterIncrease(before.bytesReceived, now.bytesReceived) ?? 0;
    this.receivedSigns += bytesWithoutPayload(before, now);
    this.retransBytes += counterIncrease(before.bytesRetrans, now.bytesRetrans) ?? 0;
    this.segments += counterIncrease32(before.dataSegsOut, now.dataSegsOut) ?? 0;
    this.retransSegments += counterIncrease32(before.totalRetrans, now.totalRetrans) ?? 0;
    this.busyUs += counterIncrease(before.busyTimeUs, now.busyTimeUs) ?? 0;
    this.rwndUs += counterIncrease(before.rwndLimitedUs, now.rwndLimitedUs) ?? 0;
    this.sndbufUs += counterIncrease(before.sndbufLimitedUs, now.sndbufLimitedUs) ?? 0;
  }

  /** True if payload moved. */
  get hasMoved(): boolean {
    return this.sentBytes + this.receivedBytes - this.receivedSigns > 0;
  }

  /** Begins the next second. */
  reset(): void {
    this.records = 0;
    this.sentBytes = 0;
    this.ackedBytes = 0;
    this.receivedBytes = 0;
    this.receivedSigns = 0;
    this.retransBytes = 0;
    this.segments = 0;
    this.retransSegments = 0;
    this.busyUs = 0;
    this.rwndUs = 0;
    this.sndbufUs = 0;
    this.exchanges = 0;
    this.limits.reset();
  }
}

/** Rates of a connection over the last full second. */
export interface SecondRates {
  readonly sentPerSec: number;
  readonly ackedPerSec: number;
  readonly receivedPerSec: number;
  /** Null if nothing was sent. */
  readonly retransShareBytes: number | null;
  /** Null if nothing was sent. */
  readonly retransShareSegments: number | null;
  readonly busyShare: number;
  readonly rwndShare: number;
  readonly sndbufShare: number;
  readonly exchanges: number;
}

/** Rates of a second without a record. */
export const NO_RATES: SecondRates = {
  sentPerSec: 0,
  ackedPerSec: 0,
  receivedPerSec: 0,
  retransShareBytes: null,
  retransShareSegments: null,
  busyShare: 0,
  rwndShare: 0,
  sndbufShare: 0,
  exchanges: 0,
};

/** Returns the rates of a second. */
export function ratesOf(growth: SecondGrowth, elapsedUs: number): SecondRates {
  const seconds = elapsedUs / 1e6;
  const retransmitted = retransmittedDataSegments(growth.retransSegments, growth.segments, growth.retransBytes);
  return {
    // Whole bytes: clients get these numbers every second, and more digits mean nothing.
    sentPerSec: Math.round(growth.sentBytes / seconds),
    ackedPerSec: Math.round(growth.ackedBytes / seconds),
    receivedPerSec: Math.round((growth.receivedBytes - growth.receivedSigns) / seconds),
    retransShareBytes: share(growth.retransBytes, growth.sentBytes),
    retransShareSegments: share(retransmitted ?? 0, growth.segments),
    busyShare: rounded(Math.min(1, growth.busyUs / elapsedUs)),
    rwndShare: rounded(Math.min(1, growth.rwndUs / elapsedUs)),
    sndbufShare: rounded(Math.min(1, growth.sndbufUs / elapsedUs)),
    exchanges: growth.exchanges,
  };
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : rounded(Math.min(1, part / whole));
}

/** Rounds a share to millionths. */
function rounded(part: number): number {
  return Math.round(part * 1e6) / 1e6;
}
