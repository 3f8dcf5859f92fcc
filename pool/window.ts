import { WINDOW_PIECES } from './messages.js';

/** Room for pieces that were given and not yet taken, {@link WINDOW_PIECES} at most. */
export class Window {
  #waiting = 0;
  #open: (() => void) | undefined;

  /** Counts a piece that was given; waits while there is no room for another. */
  async given(): Promise<void> {
    this.#waiting++;
    if (this.#waiting < WINDOW_PIECES) return;
    await new Promise<void>((resolve) => {
      this.#open = resolve;
    });
  }

  /** Counts a piece that was taken. */
  taken(): void {
    this.#waiting--;
    this.release();
  }

  /** Lets go on who waits, whether there is room or not. */
  release(): void {
    this.#open?.();
    this.#open = undefined;
  }
}
