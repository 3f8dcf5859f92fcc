import type { AlertTransitionJson } from '../wire/index.js';

/** Transitions that are kept. */
const KEPT = 1000;

/** The last transitions of alerts, and those who want to know of new ones. */
export class AlertHistory {
  #kept: AlertTransitionJson[] = [];
  #seq = 0;
  readonly #listeners = new Set<() => void>();

  /** Number of the last transition; 0 before the first. */
  get seq(): number {
    return this.#seq;
  }

  /** Returns the number of the next transition. */
  next(): number {
    return ++this.#seq;
  }

  add(transition: AlertTransitionJson): void {
    this.#kept.push(transition);
    // Now and then: a shift for each would move all.
    if (this.#kept.length >= 2 * KEPT) this.#kept = this.#kept.slice(-KEPT);
    for (const listener of [...this.#listeners]) listener();
  }

  /** Returns the kept transitions after a number, oldest first. */
  since(seq: number): readonly AlertTransitionJson[] {
    return this.#kept.slice(-KEPT).filter((each) => each.seq > seq);
  }

  /** Calls back after each new transition. Returns the function that ends this. */
  onAdded(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
