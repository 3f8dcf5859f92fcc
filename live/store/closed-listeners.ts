import type { LiveRow } from './live-row.js';

/** Callbacks that wait for the end of a row. */
export class ClosedListeners {
  readonly #listeners = new Map<LiveRow, Set<() => void>>();

  /** Adds a callback. Returns the function that removes it. */
  add(row: LiveRow, listener: () => void): () => void {
    const all = this.#listeners.get(row) ?? new Set();
    this.#listeners.set(row, all);
    all.add(listener);
    return () => {
      all.delete(listener);
      if (all.size === 0 && this.#listeners.get(row) === all) this.#listeners.delete(row);
    };
  }

  /** Removes and returns the callbacks of a row. */
  take(row: LiveRow): Iterable<() => void> {
    const all = this.#listeners.get(row);
    this.#listeners.delete(row);
    return all ?? [];
  }
}
