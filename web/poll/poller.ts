import type { Visibility } from '../client/index.js';

/** Error that says whether the same request can succeed later. */
export interface PollError {
  readonly isTemporary: boolean;
  readonly retryAfterMs?: number | undefined;
}

/** Options of {@link Poller}. */
export interface PollerOptions<T> {
  /** Asks once. */
  readonly ask: (signal: AbortSignal) => Promise<T>;
  /** Time between an answer and the next question; undefined asks once. */
  readonly everyMs: number | undefined;
  readonly visibility: Visibility;
  readonly onValue: (value: T) => void;
  /** Called with an error; one that is temporary is followed by another question. Returns undefined for a defect. */
  readonly onError: (error: unknown) => PollError | undefined;
  /** Runs a function later; returns the function that prevents it (default: a timer). */
  readonly later?: (run: () => void, ms: number) => () => void;
}

/** Least time before a question is asked again that failed. */
const RETRY_MS = 2000;

/**
 * Asks again and again, one question at a time, and not while the page is hidden. A refusal that will not change ends
 * it; {@link Poller.again} begins anew.
 */
export class Poller<T> {
  readonly #options: PollerOptions<T>;
  readonly #later: NonNullable<PollerOptions<T>['later']>;
  readonly #stopping = new AbortController();
  readonly #unwatch: () => void;
  #cancel: () => void = () => undefined;
  #isAsking = false;
  /** True if the time of the next question came while the page was hidden. */
  #isDue = false;

  constructor(options: PollerOptions<T>) {
    this.#options = options;
    this.#later =
      options.later ??
      ((run, ms) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      });
    this.#unwatch = options.visibility.onChange(() => {
      if (this.#isDue) this.again();
    });
    this.again();
  }

  /** Asks at once. */
  again(): void {
    if (this.#stopping.signal.aborted) return;
    this.#cancel();
    if (this.#options.visibility.isHidden) {
      this.#isDue = true;
      return;
    }
    this.#isDue = false;
    if (!this.#isAsking) void this.#ask();
  }

  /** Ends it; an answer that is on its way is dropped. */
  stop(): void {
    this.#cancel();
    this.#unwatch();
    this.#stopping.abort();
  }

  async #ask(): Promise<void> {
    const { ask, everyMs, onValue, onError } = this.#options;
    const { signal } = this.#stopping;
    this.#isAsking = true;
    let nextMs = everyMs;
    try {
      const value = await ask(signal);
      if (!signal.aborted) onValue(value);
    } catch (error) {
      if (signal.aborted) return;
      const known = onError(error);
      if (known === undefined) throw error;
      nextMs = known.isTemporary ? Math.max(RETRY_MS, everyMs ?? 0, known.retryAfterMs ?? 0) : undefined;
    } finally {
      this.#isAsking = false;
    }
    if (nextMs !== undefined && !signal.aborted) this.#cancel = this.#later(() => this.again(), nextMs);
  }
}
