import type { HttpExchange } from '../index.js';

/** Bounded queue between a capture and a consumer that awaits. What does not fit is dropped and counted. */
export class ExchangeQueue {
  readonly #maxEntries: number;
  #entries: HttpExchange[] = [];
  #first = 0;
  #isEnded = false;
  #error: { readonly cause: unknown } | undefined;
  #wake: (() => void) | undefined;
  /** Exchanges that were dropped. */
  dropped = 0;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** Adds an exchange if there is room. */
  push(exchange: HttpExchange): void {
    if (this.#entries.length - this.#first >= this.#maxEntries) {
      this.dropped++;
      return;
    }
    this.#entries.push(exchange);
    this.#wake?.();
  }

  /** Ends the queue behind what is in it, with an error if there is one. */
  end(error?: { readonly cause: unknown }): void {
    this.#error ??= error;
    this.#isEnded = true;
    this.#wake?.();
  }

  /** Takes the next exchange, or waits for it; undefined at the end. @throws the error of the end */
  async take(): Promise<HttpExchange | undefined> {
    for (;;) {
      const exchange = this.#entries[this.#first];
      if (exchange !== undefined) {
        this.#first++;
        this.#compact();
        return exchange;
      }
      if (this.#isEnded) break;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) throw error.cause;
    return undefined;
  }

  /** Frees what was taken, now and then: a long queue is not moved for each. */
  #compact(): void {
    if (this.#first * 2 <= this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
  }
}
