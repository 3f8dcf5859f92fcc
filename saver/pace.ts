import { setTimeout as sleep } from 'node:timers/promises';

/** Limits how many operations start in each period, so that background work does not slow down recording. */
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

  /** Resolves when the next operation may start. Does not keep the process alive. */
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
