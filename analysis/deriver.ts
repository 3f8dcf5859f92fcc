import { TcpCaState } from '../tcp/index.js';
import { bbrPhase } from './bbr-phase.js';
import { growth, growth32 } from './counters.js';
import { type Derived, newDerived } from './derived.js';
import { hasWork, limitedBy, type TimeParts } from './limited-by.js';
import { copyObservation, newObservation, type Observation, outstandingBytes, packetsInFlight } from './observation.js';
import { retransmittedDataSegments } from './retransmits.js';

/**
 * The kernel's clocks of busy time go by its tick, 10 ms at most. In an interval that is shorter than two of them they
 * may stand still although data was outstanding all along.
 */
const COARSE_US = 20_000;

/** Derives what {@link Derived} says, snapshot by snapshot of one connection. Its memory is one observation. */
export class Deriver {
  readonly #before: Observation = newObservation();
  readonly #derived: Derived = newDerived();
  #first = true;
  /** Congestion window before the last loss, until it is as large again. */
  #lossWindow: number | null = null;

  /** Takes the next snapshot. What it returns is overwritten by the next call. */
  next(now: Observation): Derived {
    const derived = this.#derived;
    this.#deriveMoment(now, derived);
    const intervalUs = this.#first ? null : forward(this.#before.timeUs, now.timeUs);
    derived.intervalUs = intervalUs;
    if (intervalUs === null) forgetInterval(derived);
    else this.#deriveInterval(this.#before, now, intervalUs, derived);
    copyObservation(now, this.#before);
    this.#first = false;
    return derived;
  }

  /** Forgets everything, for the next connection. */
  reset(): void {
    this.#first = true;
    this.#lossWindow = null;
  }

  #deriveMoment(now: Observation, derived: Derived): void {
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

  #deriveInterval(before: Observation, now: Observation, intervalUs: number, derived: Derived): void {
    const sent = growth(before.bytesSent, now.bytesSent);
    derived.sendThroughputBytesPerSec = perSecond(sent, intervalUs);
    derived.goodputBytesPerSec = perSecond(growth(before.bytesAcked, now.bytesAcked), intervalUs);
    derived.receiveThroughputBytesPerSec = perSecond(growth(before.bytesReceived, now.bytesReceived), intervalUs);
    const bytesRetrans = growth(before.bytesRetrans, now.bytesRetrans);
    const segments = growth32(before.dataSegsOut, now.dataSegsOut);
    const retransmits = growth32(before.totalRetrans, now.totalRetrans);
    derived.retransmitRateBytes = share(bytesRetrans, sent);
    derived.retransmitRateSegments = share(retransmittedDataSegments(retransmits, segments, bytesRetrans), segments);
    const parts = timeParts(before, now, intervalUs);
    derived.busyShare = parts === undefined ? null : (intervalUs - parts.free) / intervalUs;
    derived.rwndLimitedShare = parts === undefined ? null : parts.rwnd / intervalUs;
    derived.sndbufLimitedShare = parts === undefined ? null : parts.sndbuf / intervalUs;
    this.#rememberLoss(before, now);
    derived.limitedBy = limitedBy({
      before,
      now,
      parts: parts === undefined ? undefined : finer(parts, before, now, intervalUs),
      heldDown: this.#lossWindow !== null,
    });
    if (derived.limitedBy === 'idle') this.#lossWindow = null;
  }

  #rememberLoss(before: Observation, now: Observation): void {
    if (before.sndCwnd === null || now.sndCwnd === null) return;
    const retransmitted = (growth32(before.totalRetrans, now.totalRetrans) ?? 0) > 0;
    if (!isRecovering(before) && (isRecovering(now) || (retransmitted && now.sndCwnd < before.sndCwnd))) {
      this.#lossWindow = before.sndCwnd;
    } else if (this.#lossWindow !== null && now.sndCwnd >= this.#lossWindow && !isRecovering(now)) {
      this.#lossWindow = null;
    }
  }
}

function isRecovering({ caState }: Observation): boolean {
  return caState === TcpCaState.Recovery || caState === TcpCaState.Loss;
}

/** The time between two, if it went forward. */
function forward(beforeUs: number, nowUs: number): number | null {
  const intervalUs = nowUs - beforeUs;
  return intervalUs > 0 ? intervalUs : null;
}

/** How the kernel's clocks divide the interval. They go by ticks: what is too much is scaled down. */
function timeParts(before: Observation, now: Observation, intervalUs: number): TimeParts | undefined {
  const busy = growth(before.busyTimeUs, now.busyTimeUs);
  const rwnd = growth(before.rwndLimitedUs, now.rwndLimitedUs);
  const sndbuf = growth(before.sndbufLimitedUs, now.sndbufLimitedUs);
  if (busy === null || rwnd === null || sndbuf === null) return undefined;
  // Read without the socket's lock, the parts may be ahead of their sum.
  const all = Math.max(busy, rwnd + sndbuf);
  const scale = all > intervalUs ? intervalUs / all : 1;
  const scaled = all * scale;
  const rest = Math.max(0, scaled - (rwnd + sndbuf) * scale);
  return { free: Math.max(0, intervalUs - scaled), rwnd: rwnd * scale, sndbuf: sndbuf * scale, rest };
}

/** Corrects clocks that stood still only because the interval is short: {@link COARSE_US}. */
function finer(parts: TimeParts, before: Observation, now: Observation, intervalUs: number): TimeParts {
  if (intervalUs >= COARSE_US || parts.free === 0 || !hasWork(before) || !hasWork(now)) return parts;
  return { ...parts, free: 0, rest: parts.rest + parts.free };
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
  derived.limitedBy = null;
}

function times(count: number | null, size: number | null): number | null {
  return count === null || size === null ? null : count * size;
}

function ratio(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole === 0 ? null : part / whole;
}

/** A ratio that is 1 at most: a retransmission is counted before what it belongs to. */
function share(part: number | null, whole: number | null): number | null {
  const value = ratio(part, whole);
  return value === null ? null : Math.min(1, value);
}

function perSecond(amount: number | null, intervalUs: number): number | null {
  return amount === null ? null : (amount * 1e6) / intervalUs;
}
