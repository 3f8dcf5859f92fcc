/** Options of {@link Backoff}. */
export interface BackoffOptions {
  /** Longest first wait, milliseconds (default 500). */
  readonly firstMs?: number;
  /** Longest wait of all, milliseconds (default 5 min). */
  readonly maxMs?: number;
  /** Random number from 0 to 1, 1 excluded. */
  readonly random?: () => number;
}

/**
 * Waits between attempts: random between 0 and a limit that doubles with each failure ("full jitter"), so that many
 * machines do not come back at once.
 */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #failures = 0;

  constructor({ firstMs = 500, maxMs = 300_000, random = Math.random }: BackoffOptions = {}) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
    this.#random = random;
  }

  /** Failures since the last success. */
  get failures(): number {
    return this.#failures;
  }

  /** Notes a failure, and returns how long to wait before the next attempt, milliseconds. */
  failed(): number {
    const limitMs = Math.min(this.#maxMs, this.#firstMs * 2 ** Math.min(this.#failures, 30));
    this.#failures++;
    return Math.round(this.#random() * limitMs);
  }

  /** Notes a success: the next failure waits as the first. */
  succeeded(): void {
    this.#failures = 0;
  }
}
