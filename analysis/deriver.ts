import { bbrPhase } from './bbr-phase.js';
import { counterIncrease, counterIncrease32 } from './counters.js';
import { type Derived, newDerived } from './derived.js';
import { LimitRule } from './limit-rule.js';
import { copyObservation, newObservation, type Observation, outstandingBytes, packetsInFlight } from './observation.js';
import { retransmittedDataSegments } from './retransmits.js';
import { clockParts } from './time-parts.js';

/**
 * Calculator of the {@link Derived} figures of one connection, snapshot by snapshot. Keeps one observation in memory.
 */
export class Deriver {
  readonly #before: Observation = newObservation();
  readonly #derived: Derived;
  readonly #rule = new LimitRule();
  #first = true;

  /** @param derived object for the results; one may serve several derivers (default: an own one) */
  constructor(derived: Derived = newDerived()) {
    this.#derived = derived;
  }

  /** Adds the next snapshot. The next call overwrites the returned object. */
  next(now: Observation): Derived {
    const derived = this.#derived;
    fillMoment(now, derived);
    const intervalUs = this.#first ? null : forward(this.#before.timeUs, now.timeUs);
    derived.intervalUs = intervalUs;
    if (this.#first) this.#rule.begin(now);
    if (intervalUs === null) forgetInterval(derived);
    else this.#deriveInterval(this.#before, now, intervalUs, derived);
    copyObservation(now, this.#before);
    this.#first = false;
    return derived;
  }

  /** Resets the deriver for the next connection. */
  reset(): void {
    this.#first = true;
    this.#rule.reset();
  }

  #deriveInterval(before: Observation, now: Observation, intervalUs: number, derived: Derived): void {
    const sent = counterIncrease(before.bytesSent, now.bytesSent);
    derived.sendThroughputBytesPerSec = perSecond(sent, intervalUs);
    derived.goodputBytesPerSec = perSecond(counterIncrease(before.bytesAcked, now.bytesAcked), intervalUs);
    derived.receiveThroughputBytesPerSec = perSecond(
      counterIncrease(before.bytesReceived, now.bytesReceived),
      intervalUs,
    );
    const bytesRetrans = counterIncrease(before.bytesRetrans, now.bytesRetrans);
    const segments = counterIncrease32(before.dataSegsOut, now.dataSegsOut);
    const retransmits = counterIncrease32(before.totalRetrans, now.totalRetrans);
    derived.retransmitRateBytes = share(bytesRetrans, sent);
    derived.retransmitRateSegments = share(retransmittedDataSegments(retransmits, segments, bytesRetrans), segments);
    const parts = clockParts(before, now, intervalUs);
    derived.busyShare = parts === undefined ? null : (intervalUs - parts.free) / intervalUs;
    derived.rwndLimitedShare = parts === undefined ? null : parts.rwnd / intervalUs;
    derived.sndbufLimitedShare = parts === undefined ? null : parts.sndbuf / intervalUs;
    const limit = this.#rule.next(before, now, intervalUs);
    derived.exchanges = this.#rule.exchanges;
    derived.limitedBy = limit?.cause ?? null;
    derived.limitedByEvidence = limit?.evidence ?? null;
  }
}

/** Fills the figures that follow from one snapshot alone. */
export function fillMoment(now: Observation, derived: Derived): void {
  const { sndMssBytes: mss, sndCwnd: cwnd, sndWndBytes: window, rttUs, minRttUs } = now;
  const flight = packetsInFlight(now);
  const outstanding = outstandingBytes(now);
  derived.flightPackets = flight;
  derived.bytesInFlight = times(flight, mss);
  derived.outstandingBytes = now.hasInfo ? outstanding : null;
  derived.cwndBytes = times(cwnd, mss);
  derived.cwndUse = ratio(flight, cwnd);
  derived.rwndUse = ratio(outstanding, window);
  derived.bbrPhase = bbrPhase(now.bbrPacingGain, now.bbrCwndGain);
  derived.queueingDelayUs = rttUs === null || minRttUs === null ? null : Math.max(0, rttUs - minRttUs);
}

/** Returns the time between two snapshots; null if the clock did not go forward. */
function forward(beforeUs: number, nowUs: number): number | null {
  const intervalUs = nowUs - beforeUs;
  return intervalUs > 0 ? intervalUs : null;
}

function forgetInterval(derived: Derived): void {
  derived.sendThroughputBytesPerSec = null;
  derived.goodputBytesPerSec = null;
  derived.receiveThroughputBytesPerSec = null;
  derived.retransmitRateBytes = null;
  derived.retransmitRateSegments = null;
  derived.busyShare = null;
  derived.rwndLimitedShare = null;
  derived.sndbufLimitedShare = null;
  derived.exchanges = 0;
  derived.limitedBy = null;
  derived.limitedByEvidence = null;
}

function times(count: number | null, size: number | null): number | null {
  return count === null || size === null ? null : count * size;
}

function ratio(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole === 0 ? null : part / whole;
}

/** Returns a ratio of at most 1: the kernel counts a retransmission before the segment that contains it. */
function share(part: number | null, whole: number | null): number | null {
  const value = ratio(part, whole);
  return value === null ? null : Math.min(1, value);
}

function perSecond(amount: number | null, intervalUs: number): number | null {
  return amount === null ? null : (amount * 1e6) / intervalUs;
}
