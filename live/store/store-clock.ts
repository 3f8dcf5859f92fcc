/** Difference of the clocks from which on the wall clock was set. */
const SET_US = 900_000;

/**
 * Clock of a store, which grows evenly: seconds and times to keep are counted by it, so that nothing is kept for an
 * hour longer when the clock of the machine is set back.
 */
export class StoreClock {
  readonly #nowUs: () => number;
  readonly #elapsedMs: () => number;
  readonly #startUs: number;
  readonly #startMs: number;
  #shiftUs = 0;

  /**
   * @param nowUs time of the machine, microseconds since 1970
   * @param elapsedMs time that grows evenly, milliseconds
   */
  constructor(nowUs: () => number, elapsedMs: () => number) {
    this.#nowUs = nowUs;
    this.#elapsedMs = elapsedMs;
    this.#startUs = nowUs();
    this.#startMs = elapsedMs();
  }

  /** Even time, microseconds since 1970 by the clock of the machine at the start. */
  get evenUs(): number {
    return this.#startUs + 1000 * (this.#elapsedMs() - this.#startMs);
  }

  /** Difference of the clock of the machine from the even time, in whole seconds, as of the last look. */
  get shiftUs(): number {
    return this.#shiftUs;
  }

  /** Looks at the clock of the machine, and returns it. */
  look(): number {
    const nowUs = this.#nowUs();
    const differenceUs = nowUs - this.evenUs;
    // Small differences are the clock's slewing: times of a timeline must not move with each second.
    if (Math.abs(differenceUs - this.#shiftUs) > SET_US) this.#shiftUs = Math.round(differenceUs / 1e6) * 1e6;
    return nowUs;
  }
}
