import { LIMITED_BY, type Limit, type LimitedBy } from '../../analysis/index.js';

/** Time limited by one cause, on one kind of evidence. */
interface Sum {
  readonly limit: Limit;
  us: number;
}

/** Times of one connection; all share it, because it is read at once, and more than once. */
const causesUs = new Float64Array(LIMITED_BY.length);
/** Connection whose times these are; undefined if they changed since. */
let summed: LimitSums | undefined;
const IDLE = LIMITED_BY.indexOf('idle');

/** Time of a connection in the current second, by cause and evidence. */
export class LimitSums {
  // Kept when the second ends: a connection is limited by the same few causes again and again.
  readonly #sums: Sum[] = [];

  /** Adds time. */
  add(limit: Limit, us: number): void {
    summed = undefined;
    for (const sum of this.#sums) {
      if (sum.limit.cause === limit.cause && sum.limit.evidence === limit.evidence) {
        sum.us += us;
        return;
      }
    }
    this.#sums.push({ limit, us });
  }

  /** Microseconds of each cause, in the order of `LIMITED_BY`. They are those of this connection until the next call. */
  get causesUs(): Float64Array {
    if (summed === this) return causesUs;
    summed = this;
    causesUs.fill(0);
    for (const { limit, us } of this.#sums) {
      const i = LIMITED_BY.indexOf(limit.cause);
      causesUs[i] = (causesUs[i] ?? 0) + us;
    }
    return causesUs;
  }

  /**
   * Cause with the longest time, idle time aside, with the evidence for most of it; `idle` only without another;
   * undefined without any.
   */
  get longest(): Limit | undefined {
    const us = this.causesUs;
    let most = -1;
    for (let i = 0; i < us.length; i++) {
      if (i !== IDLE && (us[i] ?? 0) > (most === -1 ? 0 : (us[most] ?? 0))) most = i;
    }
    if (most === -1 && (us[IDLE] ?? 0) > 0) most = IDLE;
    const cause = LIMITED_BY[most];
    return cause === undefined ? undefined : this.#longestOf(cause);
  }

  #longestOf(cause: LimitedBy): Limit | undefined {
    let longest: Sum | undefined;
    for (const sum of this.#sums) {
      if (sum.limit.cause === cause && sum.us > (longest?.us ?? 0)) longest = sum;
    }
    return longest?.limit;
  }

  /** Begins the next second. */
  reset(): void {
    summed = undefined;
    for (const sum of this.#sums) sum.us = 0;
  }
}
