/** Moment that the reader points at, in all charts of a frame. */
export class ChartCursor {
  #timeMs: number | undefined;
  readonly #listeners = new Set<() => void>();

  /** Milliseconds since 1970; undefined while the reader points at nothing. */
  get timeMs(): number | undefined {
    return this.#timeMs;
  }

  /** Points at another moment. */
  set(timeMs: number | undefined): void {
    if (timeMs === this.#timeMs) return;
    this.#timeMs = timeMs;
    for (const listener of this.#listeners) listener();
  }

  /** Calls a function after each change. Returns the function that ends this. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
