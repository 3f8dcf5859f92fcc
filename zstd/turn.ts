/** Time after which others get a turn, milliseconds. */
const SLICE_MS = 20;

let begunMs = 0;

/**
 * Gives the event loop a turn when this thread has worked for a while without one; else undefined. Awaiting what is there
 * already gives it none, and signals and timers would wait until all has been decoded.
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
