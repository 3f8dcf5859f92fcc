import type { EndingMoment } from '../../analysis/index.js';
import type { Connection } from '../../cache/index.js';
import type { PortSeries } from '../../metrics/index.js';
import { readBytesSent, readDataSegsOut, readMinRttUs, readRttUs, readTotalRetrans } from '../../tcp/index.js';
import type { Traffic } from '../traffic/index.js';
import type { Destination } from './ephemeral-ports.js';
import { segmentIncrease } from './segment-increase.js';

/** Groups of metrics to measure for each connection. */
export interface Measured {
  readonly traffic: boolean;
  readonly rtt: boolean;
}

/** Number for states that are not counted. */
export const NO_STATE = -1;

/**
 * State of a connection in the network metrics: its series, and the `tcp_info` counters as last counted. Counters that
 * wrap at 2^32 continue above it here.
 */
export class Flow {
  readonly series: PortSeries;
  /** The living connection; undefined when it has ended. It may come back. */
  connection: Connection | undefined;
  /** True while the connection has a record that is not counted. */
  isTouched = false;
  /** State under which the living connection is counted. */
  state: number = NO_STATE;
  /** Destination for which the connection uses a local port. */
  destination: Destination | undefined;
  /** Last moment of a connection that vanished and whose event may still arrive. */
  vanished: EndingMoment | undefined;
  #sent = 0;
  #received = 0;
  #retransmitted = 0;
  #segments = 0;
  #retransmittedSegments = 0;

  constructor(series: PortSeries) {
    this.series = series;
  }

  /** Starts counting from a connection's current counters, so that earlier traffic does not count. */
  takeOver({ sent, received, retransmitted }: Traffic, info: Uint8Array | undefined): void {
    this.#sent = sent;
    this.#received = received;
    this.#retransmitted = retransmitted;
    if (info === undefined) return;
    this.#segments = readDataSegsOut(info) ?? 0;
    this.#retransmittedSegments = readTotalRetrans(info) ?? 0;
  }

  /**
   * Counts the increase since the last call.
   * @param traffic counts of the traffic meter, which sees every record, so that both meters agree
   * @param info the last `tcp_info`; absent for a mini-socket
   */
  count(traffic: Traffic, info: Uint8Array | undefined, measured: Measured): void {
    if (measured.traffic) {
      if (info !== undefined) this.#countSegments(info);
      this.#countBytes(traffic);
    }
  }

  /** Observes the round-trip times in a `tcp_info`, if it has any. */
  observe(info: Uint8Array): void {
    const rttUs = readRttUs(info);
    const minRttUs = readMinRttUs(info);
    if (rttUs !== undefined) this.series.rtt.observe(rttUs);
    if (minRttUs !== undefined) this.series.minRtt.observe(minRttUs);
  }

  #countBytes({ sent, received, retransmitted }: Traffic): void {
    const { series } = this;
    series.sentBytes += sent - this.#sent;
    series.receivedBytes += received - this.#received;
    series.retransmittedBytes += retransmitted - this.#retransmitted;
    this.#sent = sent;
    this.#received = received;
    this.#retransmitted = retransmitted;
  }

  #countSegments(info: Uint8Array): void {
    const { series } = this;
    const bytesSent = readBytesSent(info);
    const mayWrap = bytesSent === undefined || bytesSent >= this.#sent;
    const segments = segmentIncrease(this.#segments, readDataSegsOut(info), mayWrap);
    const retransmitted = segmentIncrease(this.#retransmittedSegments, readTotalRetrans(info), mayWrap);
    series.sentSegments += segments;
    series.retransmittedSegments += retransmitted;
    this.#segments += segments;
    this.#retransmittedSegments += retransmitted;
  }
}
