import type { LimitOptions } from '../config/index.js';
import type { TimeReason } from './reasons.js';

/**
 * Clocks of one connection, in milliseconds of one clock that never goes back. Each only grows, except
 * {@link unackedSinceMs}.
 */
export interface ConnectionClocks {
  /** Accept. */
  readonly acceptedMs: number;
  /** Last data from the client; {@link acceptedMs} without any. */
  readonly lastReadMs: number;
  /** Last data to the client; {@link acceptedMs} without any. */
  readonly lastWriteMs: number;
  /** Time since which data to the client waits without an acknowledgement; undefined if nothing waits or it is unknown. */
  readonly unackedSinceMs?: number | undefined;
  /** True once one side has sent its FIN. */
  readonly isHalfClosed: boolean;
}

/** Times of {@link LimitOptions}. */
export type TimeLimits = Pick<
  LimitOptions,
  'maxIdleMs' | 'idleCounts' | 'maxLifetimeMs' | 'readTimeoutMs' | 'writeTimeoutMs'
>;

/** Returns the time of the last data in either direction. */
export function lastDataMs({ lastReadMs, lastWriteMs }: ConnectionClocks): number {
  return Math.max(lastReadMs, lastWriteMs);
}

/** Returns how long a connection has been without data, in either direction. */
export function idleMs(clocks: ConnectionClocks, nowMs: number): number {
  return Math.max(0, nowMs - lastDataMs(clocks));
}

/**
 * Returns the time from which a connection is idle by the rule: from its last data, or from the client's. A half-closed
 * pair is idle only without data in both directions: one of them has ended.
 */
export function idleSinceMs(clocks: ConnectionClocks, { idleCounts }: Pick<TimeLimits, 'idleCounts'>): number {
  return idleCounts === 'read' && !clocks.isHalfClosed ? clocks.lastReadMs : lastDataMs(clocks);
}

/** Result of {@link nextDeadline}. */
export interface Deadline {
  /** Time at which the connection is to be ended; infinite if it never is. */
  readonly atMs: number;
  readonly reason: TimeReason;
}

const NEVER: Deadline = { atMs: Number.POSITIVE_INFINITY, reason: 'idle' };

/**
 * Returns the earliest time at which a rule ends the connection, if nothing else happens on it. A client that has
 * closed its side is not waited for, so `read_timeout` does not count in a half-closed pair.
 */
export function nextDeadline(clocks: ConnectionClocks, limits: TimeLimits): Deadline {
  let next = NEVER;
  const consider = (limitMs: number, sinceMs: number | undefined, reason: TimeReason): void => {
    if (limitMs === 0 || sinceMs === undefined) return;
    if (sinceMs + limitMs < next.atMs) next = { atMs: sinceMs + limitMs, reason };
  };
  consider(limits.maxLifetimeMs, clocks.acceptedMs, 'lifetime');
  consider(limits.maxIdleMs, idleSinceMs(clocks, limits), 'idle');
  consider(limits.readTimeoutMs, clocks.isHalfClosed ? undefined : clocks.lastReadMs, 'read_timeout');
  consider(limits.writeTimeoutMs, clocks.unackedSinceMs, 'write_timeout');
  return next;
}

/**
 * Returns a time before which no rule ends the connection, whatever happens on it. It only grows: with `write_timeout`,
 * data may begin to wait at any moment, at the earliest now.
 */
export function earliestDeadlineMs(clocks: ConnectionClocks, limits: TimeLimits, nowMs: number): number {
  const { atMs } = nextDeadline(clocks, limits);
  if (limits.writeTimeoutMs === 0 || clocks.unackedSinceMs !== undefined) return atMs;
  return Math.min(atMs, nowMs + limits.writeTimeoutMs);
}
