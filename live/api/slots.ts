import { limitError } from './problem.js';

/** Bounded number of things at a time, such as streams. */
export class Slots {
  readonly #capacity: number;
  readonly #message: string;
  #taken = 0;

  /** @param message sentence for the client when all are taken */
  constructor(capacity: number, message: string) {
    this.#capacity = capacity;
    this.#message = message;
  }

  /**
   * Takes a slot, and returns the function that frees it.
   * @throws ProblemError 429 when all are taken
   */
  take(): () => void {
    if (this.#taken === this.#capacity) throw limitError(this.#message);
    this.#taken++;
    let isTaken = true;
    return () => {
      if (isTaken) this.#taken--;
      isTaken = false;
    };
  }
}

/** Rows from which on a list is large. */
export const LARGE_ROWS = 1000;
/** Large lists in a second. */
const MAX_LARGE = 4;
const WINDOW_MS = 1000;

/** Bound of large lists: one at a time, and four a second for all clients together. */
export class LargeLists {
  readonly #slots = new Slots(1, `another list of more than ${LARGE_ROWS} rows is being made`);
  #sinceMs = Number.NEGATIVE_INFINITY;
  #begun = 0;

  /**
   * Begins a large list, and returns the function that ends it.
   * @throws ProblemError 429
   */
  begin(nowMs: number): () => void {
    if (nowMs - this.#sinceMs >= WINDOW_MS) {
      this.#sinceMs = nowMs;
      this.#begun = 0;
    }
    if (this.#begun === MAX_LARGE) throw limitError(`there were ${MAX_LARGE} lists of more than ${LARGE_ROWS} rows`);
    const end = this.#slots.take();
    this.#begun++;
    return end;
  }
}
