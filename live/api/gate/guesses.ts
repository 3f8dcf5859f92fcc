/** Failures in a second, beyond which further ones are answered 429. */
const MAX_FAILURES = 10;
const WINDOW_MS = 1000;

/**
 * Count of wrong tokens per second. A right token passes at any time: otherwise a client with wrong ones could keep
 * all others out.
 */
export class Guesses {
  #sinceMs = Number.NEGATIVE_INFINITY;
  #failures = 0;

  /** Counts a wrong token, and returns whether there were too many in this second. */
  failed(nowMs: number): boolean {
    if (nowMs - this.#sinceMs >= WINDOW_MS) {
      this.#sinceMs = nowMs;
      this.#failures = 0;
    }
    return ++this.#failures > MAX_FAILURES;
  }
}
