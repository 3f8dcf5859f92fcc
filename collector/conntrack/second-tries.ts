/** Functions that are called after one delay, in the order in which they were added. */
export class SecondTries {
  readonly #delayMs: number;
  #waiting: { readonly dueMs: number; readonly run: () => void }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  /** Number of functions that wait. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Adds a function; it is never called after {@link stop}. */
  add(run: () => void): void {
    if (this.#isStopped) return;
    this.#waiting.push({ dueMs: performance.now() + this.#delayMs, run });
    this.#timer ??= this.#startTimer(this.#delayMs);
  }

  /** Drops all functions that wait. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#waiting = [];
  }

  #startTimer(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#runDue(), ms).unref();
  }

  #runDue(): void {
    const now = performance.now();
    const at = this.#waiting.findIndex(({ dueMs }) => dueMs > now);
    const due = this.#waiting.splice(0, at === -1 ? this.#waiting.length : at);
    const [next] = this.#waiting;
    this.#timer = next === undefined ? undefined : this.#startTimer(Math.max(1, next.dueMs - now));
    for (const { run } of due) run();
  }
}
