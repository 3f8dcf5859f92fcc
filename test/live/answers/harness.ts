import { StoreAnswers } from '../../../live/answers/index.js';
import type { ConnectionStore } from '../../../live/store/index.js';

/** Answers about a store, with a clock and a scheduler of the test's own. */
export class Harness {
  ms = 0;
  /** Time that each look at the clock takes. */
  stepMs: number;
  readonly later: (() => void)[] = [];
  readonly faults: unknown[] = [];
  readonly answers: StoreAnswers;
  /** Looks at the clock in each slice that ended. */
  readonly slices: number[] = [];
  #looks = 0;

  constructor(store: ConnectionStore, stepMs = 0) {
    this.stepMs = stepMs;
    this.answers = new StoreAnswers(store, {
      elapsedMs: () => {
        this.#looks++;
        this.ms += this.stepMs;
        return this.ms;
      },
      later: (work) => {
        this.slices.push(this.#looks);
        this.#looks = 0;
        this.later.push(work);
      },
      onFault: (error) => this.faults.push(error),
    });
  }

  /** Does the work that waits, and all that follows from promises. */
  async work(): Promise<void> {
    for (let idle = 0; idle < 10; idle++) {
      await Promise.resolve();
      for (let next = this.later.shift(); next !== undefined; next = this.later.shift()) {
        next();
        idle = 0;
      }
    }
  }

  /** Waits for an answer, doing the work that it takes. */
  async answer<T>(promise: Promise<T>): Promise<T> {
    const [result] = await Promise.allSettled([promise, this.work()]);
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }
}
