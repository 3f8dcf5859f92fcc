import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandContext } from './command-context.js';
import { watchReader } from './reader-watch.js';

/** End of an action that goes on until the user, a time or the end of its reader ends it. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Ends the action. */
  readonly end: () => void;
  /** Frees the timers. */
  readonly clear: () => void;
}

/**
 * Returns a signal for the first SIGINT or SIGTERM, the end of a time, or the end of the output's reader.
 * @param durationMs no end by time if absent
 */
export function interruption(
  { signals, stdout }: Pick<CommandContext, 'signals' | 'stdout'>,
  durationMs?: number,
): Interruption {
  const controller = new AbortController();
  const end = (): void => controller.abort();
  signals.onShutdown(end, () => process.exit(1));
  const timer = durationMs === undefined ? undefined : setTimeout(end, durationMs);
  const reader = watchReader(stdout, end);
  const clear = (): void => {
    clearTimeout(timer);
    reader.stop();
  };
  return { signal: controller.signal, end, clear };
}

/** Waits; returns false when the signal ended it. */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  return await sleep(Math.max(0, ms), true, { signal }).catch(() => false); // the signal is the only reason
}
