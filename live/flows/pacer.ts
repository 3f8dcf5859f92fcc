/** Longest slice of work, milliseconds. What one step takes comes on top. */
const SLICE_MS = 0.6;

/** Divider of long work into slices, so that other work runs in between. */
export class Pacer {
  readonly #signal: AbortSignal;
  #endMs = performance.now() + SLICE_MS;

  /** @param signal ends the work at the next pause */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Returns a promise to wait for if the slice is over. It is rejected with the reason of the signal. */
  readonly pause = (): Promise<void> | undefined => {
    if (performance.now() < this.#endMs) return undefined;
    return new Promise((resolve, reject) => {
      setImmediate(() => {
        this.#endMs = performance.now() + SLICE_MS;
        if (this.#signal.aborted) reject(this.#signal.reason as Error);
        else resolve();
      });
    });
  };

  /** Does work in steps, with pauses, and returns its result. */
  async run<T>(work: Generator<void, T, undefined>): Promise<T> {
    for (;;) {
      const step = work.next();
      if (step.done === true) return step.value;
      await this.pause();
    }
  }
}
