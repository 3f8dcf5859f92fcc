import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceConnection } from './connection.js';

/** Silence after which a connection without anything buffered counts as idle at a stop. */
const IDLE_MS = 1_000;
/** Time that connections have after our FIN at the end of the wait. */
const FIN_MS = 2_000;
/** Interval of looks at the open connections. */
const LOOK_MS = 20;

/**
 * Ends all connections: idle ones at once with FIN, others when they become idle or end by themselves, the rest after
 * `waitMs` with FIN, and what is open 2 s later with RST. Resolves when none is open.
 */
export async function drain(open: () => Iterable<ServiceConnection>, waitMs: number): Promise<void> {
  const startMs = performance.now();
  const ending = new Set<ServiceConnection>();
  for (;;) {
    const left = Array.from(open());
    if (left.length === 0) return;
    const spentMs = performance.now() - startMs;
    for (const connection of left) {
      if (spentMs >= waitMs + FIN_MS) {
        connection.closeFor('drain', 'rst');
      } else if (!ending.has(connection) && (spentMs >= waitMs || isIdle(connection))) {
        ending.add(connection);
        connection.closeFor('drain', 'fin');
      }
    }
    await sleep(LOOK_MS);
  }
}

function isIdle({ socket, idleMs }: ServiceConnection): boolean {
  return socket.writableLength === 0 && socket.readableLength === 0 && idleMs >= IDLE_MS;
}
