import type { RelayEndReason } from '../native/index.js';
import type { LimitOptions } from '../services/config/index.js';
import type { CloseReason } from '../services/limits/index.js';

/** Errors of a connect that mean that the backend's machine answered, and refused. */
const REFUSALS: ReadonlySet<number> = new Set([
  111, // ECONNREFUSED
  104, // ECONNRESET
]);
const ETIMEDOUT = 110;

/** Returns the reason for which a client without a backend is rejected, from the errno of the last connect. */
export function reasonOfFailedConnect(errno: number): CloseReason {
  if (REFUSALS.has(errno)) return 'backend_refused';
  return errno === ETIMEDOUT ? 'backend_timeout' : 'backend_error';
}

/**
 * Returns the reason that statistics and session lines have for an end.
 * @param ruleReason reason for which we ended or rejected it; undefined if we did not
 */
export function closeReason(
  reason: RelayEndReason,
  ruleReason: CloseReason | undefined,
  limits: Pick<LimitOptions, 'maxIdleMs' | 'readTimeoutMs' | 'writeTimeoutMs' | 'idleCounts'>,
): CloseReason {
  switch (reason) {
    case 'client':
      return 'client';
    case 'backend':
      return 'server';
    case 'client-reset':
    case 'backend-reset':
      return 'reset';
    case 'client-timeout':
      return limits.writeTimeoutMs > 0 ? 'write_timeout' : 'error';
    case 'backend-timeout':
      return 'backend_timeout';
    case 'backend-error':
      return 'backend_error';
    case 'idle':
    case 'half-closed':
      return 'idle';
    case 'client-silent':
      return silenceReason(limits);
    case 'lifetime':
      return 'lifetime';
    case 'relay-closed':
      return ruleReason ?? 'drain';
    case 'client-error':
      return ruleReason ?? 'error';
    case 'closed':
    case 'rejected':
      return ruleReason ?? 'closed';
  }
}

/** Returns the time after which a silent client is ended, in ms; 0: never. With `idle_counts: read`, `max_idle` is one too. */
export function clientSilentMs({
  maxIdleMs,
  readTimeoutMs,
  idleCounts,
}: Pick<LimitOptions, 'maxIdleMs' | 'readTimeoutMs' | 'idleCounts'>): number {
  const limits = [readTimeoutMs, idleCounts === 'read' ? maxIdleMs : 0].filter((ms) => ms > 0);
  return limits.length === 0 ? 0 : Math.min(...limits);
}

function silenceReason(limits: Pick<LimitOptions, 'maxIdleMs' | 'readTimeoutMs' | 'idleCounts'>): CloseReason {
  const isIdle = limits.idleCounts === 'read' && clientSilentMs(limits) === limits.maxIdleMs;
  return isIdle ? 'idle' : 'read_timeout';
}
