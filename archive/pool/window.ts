import { WINDOW_PIECES } from './messages.js';

/** Limits the number of pieces that were emitted and not taken yet to {@link WINDOW_PIECES}. */
export class Window {
  #waiting = 0;
  #open: (() => void) | undefined;

  /** Counts an emitted piece; waits while there is no room for another. */
  async given(): Promise<void> {
    this.#waiting++;
    if (this.#waiting < WINDOW_PIECES) return;
    await new Promise<void>((resolve) => {
      this.#open = resolve;
    });
  }

  /** Counts a taken piece. */
  taken(): void {
    this.#waiting--;
    this.release();
  }

  /** Ends the wait in {@link given}, even without room. */
  release(): void {
    this.#open?.();
    this.#open = undefined;
  }
}
