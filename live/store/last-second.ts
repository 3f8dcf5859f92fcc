import {
  type Derived,
  fillMoment,
  type LimitEvidence,
  type LimitedBy,
  newDerived,
  newObservation,
  type Observation,
} from '../../analysis/index.js';
import { NO_RATES, type SecondRates } from './second.js';

/**
 * Derived values of a row: rates of its last second, and what follows from its last snapshot; null where the kernel
 * lacks the counter. Each is computed when it is read: a list reads few of them from many rows.
 */
export class LastSecond implements Derived {
  readonly intervalUs: null = null;
  limitedBy: LimitedBy | null = null;
  limitedByEvidence: LimitEvidence | null = null;
  #o: Observation = newObservation();
  #rates: SecondRates = NO_RATES;
  readonly #moment = newDerived();
  #hasMoment = false;

  /** Shows the values of a row. They are those of this snapshot until the next call. */
  show(o: Observation, rates: SecondRates, limitedBy: LimitedBy | null, evidence: LimitEvidence | null): void {
    this.#o = o;
    this.#rates = rates;
    this.limitedBy = limitedBy;
    this.limitedByEvidence = evidence;
    this.#hasMoment = false;
  }

  get sendThroughputBytesPerSec(): number | null {
    return this.#o.bytesSent === null ? null : this.#rates.sentPerSec;
  }

  get goodputBytesPerSec(): number | null {
    return this.#o.bytesAcked === null ? null : this.#rates.ackedPerSec;
  }

  get receiveThroughputBytesPerSec(): number | null {
    return this.#o.bytesReceived === null ? null : this.#rates.receivedPerSec;
  }

  get retransmitRateBytes(): number | null {
    return this.#o.bytesRetrans === null ? null : this.#rates.retransShareBytes;
  }

  get retransmitRateSegments(): number | null {
    return this.#o.dataSegsOut === null ? null : this.#rates.retransShareSegments;
  }

  get busyShare(): number | null {
    return this.#o.busyTimeUs === null ? null : this.#rates.busyShare;
  }

  get rwndLimitedShare(): number | null {
    return this.#o.rwndLimitedUs === null ? null : this.#rates.rwndShare;
  }

  get sndbufLimitedShare(): number | null {
    return this.#o.sndbufLimitedUs === null ? null : this.#rates.sndbufShare;
  }

  get exchanges(): number {
    return this.#rates.exchanges;
  }

  get flightPackets(): Derived['flightPackets'] {
    return this.#ofMoment.flightPackets;
  }

  get bytesInFlight(): Derived['bytesInFlight'] {
    return this.#ofMoment.bytesInFlight;
  }

  get outstandingBytes(): Derived['outstandingBytes'] {
    return this.#ofMoment.outstandingBytes;
  }

  get cwndBytes(): Derived['cwndBytes'] {
    return this.#ofMoment.cwndBytes;
  }

  get cwndUse(): Derived['cwndUse'] {
    return this.#ofMoment.cwndUse;
  }

  get rwndUse(): Derived['rwndUse'] {
    return this.#ofMoment.rwndUse;
  }

  get bbrPhase(): Derived['bbrPhase'] {
    return this.#ofMoment.bbrPhase;
  }

  get queueingDelayUs(): Derived['queueingDelayUs'] {
    return this.#ofMoment.queueingDelayUs;
  }

  /** Values that follow from the snapshot alone. */
  get #ofMoment(): Derived {
    if (!this.#hasMoment) fillMoment(this.#o, this.#moment);
    this.#hasMoment = true;
    return this.#moment;
  }
}
