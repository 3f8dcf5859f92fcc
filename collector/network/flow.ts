import type { Connection } from '../../cache/index.js';
import type { PortSeries } from '../../metrics/index.js';
import {
  readBusyTimeUs,
  readBytesReceived,
  readBytesRetrans,
  readBytesSent,
  readDataSegsOut,
  readMinRttUs,
  readRttUs,
  readRwndLimitedUs,
  readSndbufLimitedUs,
  readTotalRetrans,
} from '../../tcp/index.js';
import type { Destination } from './ephemeral-ports.js';
import { growth, growth32 } from './growth.js';

/** What is measured of each connection. */
export interface Measured {
  readonly traffic: boolean;
  readonly rtt: boolean;
  readonly limited: boolean;
}

/** The number of a state that is not counted. */
export const NO_STATE = -1;

/**
 * What the network metrics remember of a connection: where it belongs, and the counters up to which it has been counted,
 * as `tcp_info` has them. Counters that wrap go on above 2^32 here.
 */
export class Flow {
  readonly series: PortSeries;
  /** The living connection; undefined when it has ended, and may come back. */
  connection: Connection | undefined;
  /** Whether there is a record that has not been counted. */
  isTouched = false;
  /** As what it is counted among the living. */
  state: number = NO_STATE;
  /** Where it uses up a local port. */
  destination: Destination | undefined;
  #sent = 0;
  #received = 0;
  #retransmitted = 0;
  #segments = 0;
  #retransmittedSegments = 0;
  #receiverUs = 0;
  #sendBufferUs = 0;
  #networkUs = 0;

  constructor(series: PortSeries) {
    this.series = series;
  }

  /** Takes what a connection had done before the collector looked as its beginning. */
  takeOver(info: Uint8Array): void {
    this.#sent = readBytesSent(info) ?? 0;
    this.#received = readBytesReceived(info) ?? 0;
    this.#retransmitted = readBytesRetrans(info) ?? 0;
    this.#segments = readDataSegsOut(info) ?? 0;
    this.#retransmittedSegments = readTotalRetrans(info) ?? 0;
    this.#receiverUs = readRwndLimitedUs(info) ?? 0;
    this.#sendBufferUs = readSndbufLimitedUs(info) ?? 0;
    this.#networkUs = networkUs(info);
  }

  /** Counts what is new in a `tcp_info`. */
  count(info: Uint8Array, measured: Measured): void {
    if (measured.traffic) this.#countTraffic(info);
    if (measured.limited) this.#countLimited(info);
  }

  /** Observes the round-trip times of a `tcp_info` that has some. */
  observe(info: Uint8Array): void {
    const rttUs = readRttUs(info);
    const minRttUs = readMinRttUs(info);
    if (rttUs !== undefined) this.series.rtt.observe(rttUs);
    if (minRttUs !== undefined) this.series.minRtt.observe(minRttUs);
  }

  #countTraffic(info: Uint8Array): void {
    const { series } = this;
    const bytesSent = readBytesSent(info);
    const beganAnew = bytesSent !== undefined && bytesSent < this.#sent;
    const sent = growth(this.#sent, bytesSent);
    const received = growth(this.#received, readBytesReceived(info));
    const retransmitted = growth(this.#retransmitted, readBytesRetrans(info));
    const segments = growth32(this.#segments, readDataSegsOut(info), !beganAnew);
    const retransmittedSegments = growth32(this.#retransmittedSegments, readTotalRetrans(info), !beganAnew);
    series.sentBytes += sent;
    series.receivedBytes += received;
    series.retransmittedBytes += retransmitted;
    series.sentSegments += segments;
    series.retransmittedSegments += retransmittedSegments;
    this.#sent += sent;
    this.#received += received;
    this.#retransmitted += retransmitted;
    this.#segments += segments;
    this.#retransmittedSegments += retransmittedSegments;
  }

  #countLimited(info: Uint8Array): void {
    const { series } = this;
    const receiver = growth(this.#receiverUs, readRwndLimitedUs(info));
    const sendBuffer = growth(this.#sendBufferUs, readSndbufLimitedUs(info));
    const network = growth(this.#networkUs, networkUs(info));
    series.receiverLimitedUs += receiver;
    series.sendBufferLimitedUs += sendBuffer;
    series.networkLimitedUs += network;
    this.#receiverUs += receiver;
    this.#sendBufferUs += sendBuffer;
    this.#networkUs += network;
  }
}

/** The kernel sums busy time up from these three; the third is what it does not tell. */
function networkUs(info: Uint8Array): number {
  return (readBusyTimeUs(info) ?? 0) - (readRwndLimitedUs(info) ?? 0) - (readSndbufLimitedUs(info) ?? 0);
}
