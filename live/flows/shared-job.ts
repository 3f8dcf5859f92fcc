/** Work that several clients wait for. It ends early when all of them have left. */
export class SharedJob<T> {
  readonly #ended = new AbortController();
  readonly #result: Promise<T>;
  #waiting = 0;

  /** @param work begins at once; its signal is aborted when no client waits any longer */
  constructor(work: (ended: AbortSignal) => Promise<T>) {
    this.#result = work(this.#ended.signal);
    this.#result.catch(() => undefined); // each client handles it
  }

  /** True if all clients have left. */
  get isAbandoned(): boolean {
    return this.#ended.signal.aborted;
  }

  /** Calls back when the work has ended in any way. */
  onSettled(done: () => void): void {
    this.#result.then(done, done);
  }

  /**
   * Waits for the result.
   * @param signal ends the wait
   * @throws the error of the work, or the reason of the signal
   */
  async join(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    this.#waiting++;
    let leave = (): void => undefined;
    const left = new Promise<never>((_, reject) => {
      leave = () => reject(signal.reason as Error);
      signal.addEventListener('abort', leave, { once: true });
    });
    try {
      return await Promise.race([this.#result, left]);
    } finally {
      signal.removeEventListener('abort', leave);
      if (--this.#waiting === 0) this.#ended.abort();
    }
  }
}
