import { setTimeout as sleep } from 'node:timers/promises';
import type { ForwardedConnection } from './connection.js';

/** Silence after which a connection without waiting bytes counts as idle at a stop. */
const IDLE_MS = 1_000;
/** Interval of looks at the open connections. */
const LOOK_MS = 50;

/** Connections to end, and what is needed for it. */
export interface Draining {
  /** Connections that have not ended. */
  readonly left: () => Iterable<ForwardedConnection>;
  /** Brings their clocks up to date. */
  readonly refresh: () => void;
  readonly nowMs: () => number;
  /** Time that busy connections have. */
  readonly waitMs: number;
  /** Ends a connection with FIN; the relay resets it 2 s later if it has not ended. */
  readonly end: (connection: ForwardedConnection) => void;
}

/** Connection as a drain judges it. */
export type DrainedConnection = Pick<ForwardedConnection, 'isBusy' | 'lastReadMs' | 'lastWriteMs'>;

/** Returns whether nothing waits in the relay and no bytes moved for 1 s. */
export function isDrainable({ isBusy, lastReadMs, lastWriteMs }: DrainedConnection, nowMs: number): boolean {
  return !isBusy && nowMs - Math.max(lastReadMs, lastWriteMs) >= IDLE_MS;
}

/**
 * Ends all connections: idle ones at once, others when they become idle or end by themselves, the rest after `waitMs`.
 * Resolves when none is left.
 */
export async function drain({ left, refresh, nowMs, waitMs, end }: Draining): Promise<void> {
  const startMs = nowMs();
  const ending = new Set<ForwardedConnection>();
  for (;;) {
    refresh();
    const open = Array.from(left());
    if (open.length === 0) return;
    const isOver = nowMs() - startMs >= waitMs;
    for (const connection of open) {
      if (ending.has(connection) || (!isOver && !isDrainable(connection, nowMs()))) continue;
      ending.add(connection);
      end(connection);
    }
    await sleep(LOOK_MS);
  }
}
