/**
 * Divides the main thread: of all who ask, one has its turn in each round of the event loop, in the order in which they
 * asked. However many replays are under way, other work waits for one piece of one of them.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #scheduled = false;

  /** Calls `run` when it is its turn. */
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
