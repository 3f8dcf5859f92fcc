import type { WatchBatch, Watcher } from '../../native/index.js';

/** Callbacks of {@link RecordingWatcher}. */
export interface WatcherCalls {
  /** A batch came by itself. */
  readonly batch: (batch: WatchBatch) => void;
  /** A call of `flush` has delivered these batches. */
  readonly flushed: (batches: readonly WatchBatch[]) => void;
}

/** Thread of reads whose batches are recorded. */
export class RecordingWatcher implements Watcher {
  readonly #watcher: Watcher;
  readonly #calls: WatcherCalls;
  /** Copies of what the current `flush` has delivered; undefined outside of one. */
  #flushed: WatchBatch[] | undefined;

  /** @param create creates the thread with this callback */
  constructor(
    create: (onBatch: (batch: WatchBatch) => void) => Watcher,
    onBatch: (batch: WatchBatch) => void,
    calls: WatcherCalls,
  ) {
    this.#calls = calls;
    this.#watcher = create((batch) => {
      // The arrays of the addon are valid until the callback returns.
      if (this.#flushed === undefined) calls.batch(batch);
      else this.#flushed.push(structuredClone(batch));
      onBatch(batch);
    });
  }

  addSource(source: { readonly namespace?: number }): number {
    return this.#watcher.addSource(source);
  }

  removeSource(source: number): void {
    this.#watcher.removeSource(source);
  }

  add(source: number, request: Uint8Array, key: bigint, intervalNs: number): number {
    return this.#watcher.add(source, request, key, intervalNs);
  }

  remove(watch: number): void {
    this.#watcher.remove(watch);
  }

  flush(): void {
    // Within a callback the addon does nothing.
    if (this.#flushed !== undefined) return;
    const flushed: WatchBatch[] = [];
    this.#flushed = flushed;
    try {
      this.#watcher.flush();
    } finally {
      this.#flushed = undefined;
    }
    this.#calls.flushed(flushed);
  }

  close(): Promise<void> {
    return this.#watcher.close();
  }
}
