/** Largest deviation of the wall clock from the elapsed time that is not a jump. */
const TOLERANCE_MS = 60_000;

/** Options of {@link PlausibleClock}. */
export interface PlausibleClockOptions {
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Monotonic clock, milliseconds. */
  readonly monotonicMs: () => number;
  /** Time for which the wall clock must run without a jump before it is believed, milliseconds. */
  readonly settleMs: number;
}

/** One reading of both clocks. */
export interface ClockReading {
  /** Wall clock, milliseconds since 1970. */
  readonly wallMs: number;
  /** Wall clock minus monotonic clock, milliseconds. */
  readonly offsetMs: number;
  /**
   * Latest time that is safe to believe: never later than the wall clock, nor than the clock that was believed before a
   * jump. Undefined while no clock is believed.
   */
  readonly believedMs: number | undefined;
  /** Wall clock minus believed clock, milliseconds; 0 when they agree, or when no clock is believed. */
  readonly jumpMs: number;
}

/**
 * Wall clock checked against a monotonic clock. After a jump the new time is believed only when the clock has run on
 * for some time: a dead battery or a wrong time server must not make all archives look old. A clock that is set back is
 * followed at once, because that makes no archive look older, but is believed only after that time, too.
 */
export class PlausibleClock {
  readonly #options: PlausibleClockOptions;
  /** Wall clock minus monotonic clock: the believed value, and the latest one. */
  #believed: number | undefined;
  #present: number;
  #presentSinceMs: number;

  constructor(options: PlausibleClockOptions) {
    this.#options = options;
    const monotonicMs = options.monotonicMs();
    this.#present = options.nowMs() - monotonicMs;
    this.#presentSinceMs = monotonicMs;
  }

  /** Reads both clocks. Must be called regularly, because only this detects jumps. */
  look(): ClockReading {
    const wallMs = this.#options.nowMs();
    const monotonicMs = this.#options.monotonicMs();
    const offsetMs = wallMs - monotonicMs;
    if (Math.abs(offsetMs - this.#present) > TOLERANCE_MS) this.#presentSinceMs = monotonicMs;
    // Follow a clock that is slewed.
    this.#present = offsetMs;
    const isOld = monotonicMs - this.#presentSinceMs >= this.#options.settleMs;
    const isBelieved = this.#believed !== undefined && Math.abs(offsetMs - this.#believed) <= TOLERANCE_MS;
    if (isOld || isBelieved) this.#believed = offsetMs;
    if (this.#believed === undefined) return { wallMs, offsetMs, believedMs: undefined, jumpMs: 0 };
    return {
      wallMs,
      offsetMs,
      believedMs: Math.min(wallMs, this.#believed + monotonicMs),
      jumpMs: isBelieved ? 0 : offsetMs - this.#believed,
    };
  }

  /** Believes a reading that other evidence confirms, unless a clock is believed already. */
  believe({ offsetMs }: ClockReading): void {
    this.#believed ??= offsetMs;
  }
}
