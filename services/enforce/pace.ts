/** Bound of events in any second: a sliding window, so that a full second's worth never comes twice at its edge. */
export class Pace {
  readonly #perSecond: number;
  /** Times of the last events, a ring. */
  readonly #times: Float64Array;
  #next = 0;

  /** @param perSecond most events in any second, at least 1 */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#times = new Float64Array(perSecond).fill(Number.NEGATIVE_INFINITY);
  }

  /** Takes one event, if it is allowed now. */
  take(nowMs: number): boolean {
    if (nowMs - (this.#times[this.#next] ?? 0) < SECOND_MS) return false;
    this.#times[this.#next] = nowMs;
    this.#next = (this.#next + 1) % this.#perSecond;
    return true;
  }

  /** Returns the time at which the next event is allowed. */
  nextMs(): number {
    return (this.#times[this.#next] ?? 0) + SECOND_MS;
  }
}

const SECOND_MS = 1_000;
