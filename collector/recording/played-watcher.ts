import type { WatchBatch, Watcher } from '../../native/index.js';

/** Thread of reads in a replay: it reads nothing, and delivers recorded batches. */
export class PlayedWatcher implements Watcher {
  readonly #onBatch: (batch: WatchBatch) => void;
  readonly #flush: () => readonly WatchBatch[];
  readonly #next: () => number;

  /**
   * @param flush returns what the recorded thread delivered at this call of `flush`
   * @param next returns the number that the recorded thread gave to the watch that begins
   */
  constructor(onBatch: (batch: WatchBatch) => void, flush: () => readonly WatchBatch[], next: () => number) {
    this.#onBatch = onBatch;
    this.#flush = flush;
    this.#next = next;
  }

  /** Delivers a batch that came by itself. */
  deliver(batch: WatchBatch): void {
    this.#onBatch(batch);
  }

  flush(): void {
    for (const batch of this.#flush()) this.#onBatch(batch);
  }

  add(): number {
    return this.#next();
  }

  addSource(): number {
    return 0;
  }

  removeSource(): void {
    // A replay opens no sockets.
  }

  remove(): void {
    // What it delivers is recorded.
  }

  async close(): Promise<void> {
    // The recording has the last batches.
  }
}
