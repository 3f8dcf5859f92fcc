import { setTimeout as sleep } from 'node:timers/promises';

/** Lets at most so many operations begin in each period, so that work in the background leaves room for what matters. */
export class Pace {
  readonly #perPeriod: number;
  readonly #periodMs: number;
  #left: number;
  #startedMs = 0;

  constructor(perPeriod: number, periodMs: number) {
    this.#perPeriod = perPeriod;
    this.#periodMs = periodMs;
    this.#left = perPeriod;
  }

  /** Resolves when the next operation may begin. Does not keep the process alive. */
  async turn(): Promise<void> {
    if (this.#left <= 0) {
      const restMs = this.#startedMs + this.#periodMs - performance.now();
      if (restMs > 0) await sleep(restMs, undefined, { ref: false });
      this.#left = this.#perPeriod;
    }
    if (this.#left === this.#perPeriod) this.#startedMs = performance.now();
    this.#left--;
  }
}
