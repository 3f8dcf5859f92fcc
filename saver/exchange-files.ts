import { dateFolder, exchangeFolder, exchangeName } from './archive-path.js';
import type { Clock } from './clock.js';
import type { SeriesFiles } from './file-series.js';
import type { FilePlace, FilePlan } from './job.js';

/** Archives of HTTP exchanges: `YYYY/MM/DD/http/<start>.jsonl.zst`. All of their lines are exchanges. */
export class ExchangeFiles implements SeriesFiles {
  readonly #clock: Clock;
  /** First number that was asked for, by plan: a higher one means that the name was taken. */
  readonly #first = new WeakMap<FilePlan, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  place(): FilePlace {
    const beganTime = this.#clock.timestamp();
    return { folder: exchangeFolder(dateFolder(beganTime)), beganTime };
  }

  name(plan: FilePlan, sequence: number): string {
    const first = this.#first.get(plan) ?? sequence;
    this.#first.set(plan, first);
    return exchangeName(plan.beganTime ?? this.#clock.timestamp(), sequence - first);
  }

  isName(): boolean {
    // The number is no part of the name, and need not be used again.
    return false;
  }

  head(): undefined {
    return undefined;
  }
}
