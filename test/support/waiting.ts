import { setTimeout as sleep } from 'node:timers/promises';

/** How long a test waits for something that must come, unless it says otherwise. Far more than it takes. */
export const DEADLINE_MS = 30_000;
/** Looking costs what is being tested a little time, too. */
const LOOK_EVERY_MS = 50;

/**
 * Waits until `look` gives something other than undefined and false, and returns that.
 * @param what what is waited for, for the error when the deadline passes
 */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  deadlineMs = DEADLINE_MS,
  lookEveryMs = LOOK_EVERY_MS,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain for ${what}`);
    await sleep(lookEveryMs);
  }
}

/** Gives up on a promise when the deadline passes. */
export async function within<T>(what: string, promise: Promise<T>, deadlineMs = DEADLINE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${deadlineMs} ms in vain for ${what}`)), deadlineMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
