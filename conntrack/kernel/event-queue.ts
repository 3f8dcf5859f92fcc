/** Bounds of an {@link EventQueue}, and what happens at them. */
export interface EventQueueOptions {
  /** Number of entries from which the source is to stop. */
  readonly maxEntries: number;
  /** Called when the queue has become full. */
  onFull(): void;
  /** Called when half of a full queue has been taken. */
  onRoom(): void;
}

/** Queue between a source that is called back and a consumer that awaits. It holds more than its bound if need be. */
export class EventQueue<T> {
  readonly #options: EventQueueOptions;
  #entries: T[] = [];
  #first = 0;
  #isFull = false;
  #isEnded = false;
  #error: { readonly cause: unknown } | undefined;
  readonly #consumers: { resolve(result: IteratorResult<T, undefined>): void; reject(error: unknown): void }[] = [];
  #room: (() => void)[] = [];

  constructor(options: EventQueueOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#entries.length - this.#first;
  }

  /** Adds an entry. Does nothing after the end. */
  push(entry: T): void {
    if (this.#isEnded) return;
    const consumer = this.#consumers.shift();
    if (consumer !== undefined) {
      consumer.resolve({ done: false, value: entry });
      return;
    }
    this.#entries.push(entry);
    if (this.#isFull || this.length < this.#options.maxEntries) return;
    this.#isFull = true;
    this.#options.onFull();
  }

  /** Takes the next entry, or waits for it. */
  async next(): Promise<IteratorResult<T, undefined>> {
    const entry = this.#entries[this.#first];
    if (entry !== undefined) {
      this.#first++;
      this.#afterTaking();
      return { done: false, value: entry };
    }
    if (this.#error !== undefined) {
      const { cause } = this.#error;
      this.#error = undefined;
      throw cause;
    }
    if (this.#isEnded) return { done: true, value: undefined };
    return await new Promise((resolve, reject) => this.#consumers.push({ resolve, reject }));
  }

  /** Resolves when the queue is not full, or has ended. */
  async room(): Promise<void> {
    if (this.#isFull && !this.#isEnded) await new Promise<void>((resolve) => this.#room.push(resolve));
  }

  /** Ends the queue; what waits in it is still taken, and then the error is thrown once. */
  fail(error: unknown): void {
    if (this.#isEnded) return;
    const consumer = this.#consumers.shift();
    if (consumer === undefined) this.#error = { cause: error };
    else consumer.reject(error);
    this.#finish();
  }

  /** Ends the queue, and discards what waits in it. */
  end(): void {
    this.#entries = [];
    this.#first = 0;
    this.#error = undefined;
    this.#finish();
  }

  #finish(): void {
    this.#isEnded = true;
    for (const consumer of this.#consumers.splice(0)) consumer.resolve({ done: true, value: undefined });
    this.#letIn();
  }

  #afterTaking(): void {
    if (this.#first === this.#entries.length) {
      this.#entries = [];
      this.#first = 0;
    }
    if (!this.#isFull || this.length > this.#options.maxEntries / 2) return;
    this.#isFull = false;
    this.#options.onRoom();
    this.#letIn();
  }

  #letIn(): void {
    for (const resolve of this.#room.splice(0)) resolve();
  }
}
