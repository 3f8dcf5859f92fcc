import type { EndingMoment } from '../../analysis/index.js';
import type { Connection, Traffic } from '../../cache/index.js';
import type { PortSeries } from '../../metrics/index.js';
import { readBytesSent, readDataSegsOut, readMinRttUs, readRttUs, readTotalRetrans } from '../../tcp/index.js';
import type { Destination } from './ephemeral-ports.js';
import { growth32 } from './growth.js';

/** What is measured of each connection. */
export interface Measured {
  readonly traffic: boolean;
  readonly rtt: boolean;
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
  /** Its last moment, where it vanished and its event may still come. */
  vanished: EndingMoment | undefined;
  #sent = 0;
  #received = 0;
  #retransmitted = 0;
  #segments = 0;
  #retransmittedSegments = 0;

  constructor(series: PortSeries) {
    this.series = series;
  }

  /** Takes what a connection had done before the collector looked as its beginning. */
  takeOver({ sent, received, retransmitted }: Traffic, info: Uint8Array | undefined): void {
    this.#sent = sent;
    this.#received = received;
    this.#retransmitted = retransmitted;
    if (info === undefined) return;
    this.#segments = readDataSegsOut(info) ?? 0;
    this.#retransmittedSegments = readTotalRetrans(info) ?? 0;
  }

  /**
   * Counts what is new.
   * @param traffic what the traffic meter has counted, which sees every record: so both agree
   * @param info the last `tcp_info`; absent of a mini-socket
   */
  count(traffic: Traffic, info: Uint8Array | undefined, measured: Measured): void {
    if (measured.traffic) {
      if (info !== undefined) this.#countSegments(info);
      this.#countBytes(traffic);
    }
  }

  /** Observes the round-trip times of a `tcp_info` that has some. */
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
    const segments = growth32(this.#segments, readDataSegsOut(info), mayWrap);
    const retransmitted = growth32(this.#retransmittedSegments, readTotalRetrans(info), mayWrap);
    series.sentSegments += segments;
    series.retransmittedSegments += retransmitted;
    this.#segments += segments;
    this.#retransmittedSegments += retransmitted;
  }
}
