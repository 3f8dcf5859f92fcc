/** Time after which other tasks get a turn, milliseconds. */
const SLICE_MS = 20;

let begunMs = 0;

/**
 * Returns a promise that lets the event loop run, if this thread has worked for a while; else undefined. Awaiting
 * settled promises does not let it run: signals and timers would wait until everything is decoded.
 */
export function takeTurns(): Promise<void> | undefined {
  if (performance.now() - begunMs < SLICE_MS) return undefined;
  return new Promise((resolve) => {
    setImmediate(() => {
      begunMs = performance.now();
      resolve();
    });
  });
}
