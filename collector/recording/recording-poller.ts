import type { Listening, Poller, SourceFilters, SourceOptions } from '../../native/index.js';

/** Callbacks of {@link RecordingPoller}. */
export interface PollerCalls {
  readonly listening: (source: number, listening: Listening | undefined) => void;
  readonly stopped: () => void;
}

/** Poll thread whose answers are recorded. */
export class RecordingPoller implements Poller {
  readonly #poller: Poller;
  readonly #calls: PollerCalls;
  #stopping: Promise<void> | undefined;

  constructor(poller: Poller, calls: PollerCalls) {
    this.#poller = poller;
    this.#calls = calls;
  }

  start(): void {
    this.#poller.start();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#poller.stop().then(() => this.#calls.stopped());
    return this.#stopping;
  }

  addSource(source: SourceOptions): number {
    return this.#poller.addSource(source);
  }

  removeSource(source: number): void {
    this.#poller.removeSource(source);
  }

  latest(source: number, key: bigint): Uint8Array | undefined {
    return this.#poller.latest(source, key);
  }

  size(source: number): number {
    return this.#poller.size(source);
  }

  listening(source: number): Listening | undefined {
    const listening = this.#poller.listening(source);
    this.#calls.listening(source, listening);
    return listening;
  }

  setFilters(source: number, filters: SourceFilters): void {
    this.#poller.setFilters(source, filters);
  }

  setStride(stride: number): void {
    this.#poller.setStride(stride);
  }
}
