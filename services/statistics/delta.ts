import { CLOSE_REASONS, type CloseReason, REJECT_REASONS, type RejectReason } from '../limits/index.js';
import type { ServiceTotals } from './service-statistics.js';

/** Growth of the counters between two questions. */
export interface ServiceDelta extends ServiceTotals {
  /** Time between them, in seconds. */
  readonly seconds: number;
}

/**
 * Makes one caller's meter: each call returns what was added since the last one, or since it was made. Meters do not
 * disturb one another, so no caller has to subtract what it stored elsewhere.
 * @param nowMs clock that never goes back, in milliseconds
 */
export function createDelta(totals: () => ServiceTotals, nowMs: () => number): () => ServiceDelta {
  let before = totals();
  let beforeMs = nowMs();
  return () => {
    const [now, ms] = [totals(), nowMs()];
    const delta = difference(before, now, (ms - beforeMs) / 1_000);
    [before, beforeMs] = [now, ms];
    return delta;
  };
}

function difference(before: ServiceTotals, now: ServiceTotals, seconds: number): ServiceDelta {
  return {
    seconds,
    accepted: now.accepted - before.accepted,
    rejected: subtract<RejectReason>(REJECT_REASONS, before.rejected, now.rejected),
    closed: subtract<CloseReason>(CLOSE_REASONS, before.closed, now.closed),
    upBytes: now.upBytes - before.upBytes,
    downBytes: now.downBytes - before.downBytes,
  };
}

function subtract<R extends string>(
  reasons: readonly R[],
  before: Readonly<Record<R, number>>,
  now: Readonly<Record<R, number>>,
): Record<R, number> {
  return Object.fromEntries(reasons.map((reason) => [reason, now[reason] - before[reason]])) as Record<R, number>;
}

/** Rates between two questions. */
export interface ServiceRates {
  readonly upBytesPerSec: number;
  readonly downBytesPerSec: number;
  readonly acceptedPerSec: number;
}

/** Returns the rates of a difference; null without time between the questions. */
export function ratesOf({ seconds, upBytes, downBytes, accepted }: ServiceDelta): ServiceRates | null {
  if (seconds <= 0) return null;
  return {
    upBytesPerSec: upBytes / seconds,
    downBytesPerSec: downBytes / seconds,
    acceptedPerSec: accepted / seconds,
  };
}
