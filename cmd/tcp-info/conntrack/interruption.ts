import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandContext } from '../../tool/command-context.js';

/** End of an action that goes on until the user or a time ends it. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Ends the action. */
  readonly end: () => void;
  /** Frees the timer. */
  readonly clear: () => void;
}

/**
 * Returns a signal for the first SIGINT or SIGTERM, or the end of a time.
 * @param durationMs no end by time if absent
 */
export function interruption({ signals }: Pick<CommandContext, 'signals'>, durationMs?: number): Interruption {
  const controller = new AbortController();
  const end = (): void => controller.abort();
  signals.onShutdown(end, () => process.exit(1));
  const timer = durationMs === undefined ? undefined : setTimeout(end, durationMs);
  return { signal: controller.signal, end, clear: () => clearTimeout(timer) };
}

/** Waits; returns false when the signal ended it. */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  return await sleep(Math.max(0, ms), true, { signal }).catch(() => false); // the signal is the only reason
}
