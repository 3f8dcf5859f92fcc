/**
 * Scheduler of replays on the main thread: runs one callback per round of the event loop, in the order of the requests.
 * So other work waits for at most one chunk, however many replays are running.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #scheduled = false;

  /** Requests a turn: calls `run` in a later round of the event loop. */
  next(run: () => void): void {
    this.#waiting.push(run);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const run = this.#waiting.shift();
      if (this.#waiting.length > 0) this.#schedule();
      run?.();
    });
  }
}
