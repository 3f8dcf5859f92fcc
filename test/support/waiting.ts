import { setTimeout as sleep } from 'node:timers/promises';
import { SLOWNESS } from './sanitizers.js';

/** Default deadline of a test for an expected event. Far longer than it takes. All deadlines are {@link SLOWNESS} times as long under sanitizers. */
export const DEADLINE_MS = 30_000;
/** Interval between checks. A check costs the program under test a little time, too. */
const LOOK_EVERY_MS = 50;

/**
 * Waits until `look` returns a value other than undefined and false, and returns that value.
 * @param what description of the expected event, for the error when the deadline passes
 */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  deadlineMs = DEADLINE_MS,
  lookEveryMs = LOOK_EVERY_MS,
): Promise<T> {
  const limitMs = deadlineMs * SLOWNESS;
  const end = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms in vain for ${what}`);
    await sleep(lookEveryMs);
  }
}

/** Rejects when the deadline passes before the promise settles. */
export async function within<T>(what: string, promise: Promise<T>, deadlineMs = DEADLINE_MS): Promise<T> {
  const limitMs = deadlineMs * SLOWNESS;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${limitMs} ms in vain for ${what}`)), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
