/** Readings of the wall clock that differ by less, beyond the time that has passed, are of one clock. */
const TOLERANCE_MS = 60_000;

/** Clocks and patience of a {@link PlausibleClock}. */
export interface PlausibleClockOptions {
  /** Milliseconds since 1970, as the machine has it. */
  readonly nowMs: () => number;
  /** Milliseconds that never jump. */
  readonly monotonicMs: () => number;
  /** Time that the wall clock has to run without a jump before it is believed, milliseconds. */
  readonly settleMs: number;
}

/** One look at the clocks. */
export interface ClockReading {
  /** The wall clock, milliseconds since 1970. */
  readonly wallMs: number;
  /** Distance of the wall clock from the monotonic one, milliseconds. */
  readonly offsetMs: number;
  /**
   * The latest time that is safe to believe: never ahead of the wall clock, nor of the one that was believed before a
   * jump. Undefined while none is believed.
   */
  readonly believedMs: number | undefined;
  /** Distance of the wall clock from the one that is believed, milliseconds; 0 when it is that one, or none is. */
  readonly jumpMs: number;
}

/**
 * The wall clock, held against a monotonic one. A jump is not believed before the clock has run on from there for some
 * time: a dead battery or a wrong time server must not make everything look old. A clock that is set back is followed at
 * once, since that makes nothing look older, and is believed as late.
 */
export class PlausibleClock {
  readonly #options: PlausibleClockOptions;
  /** Distance of the wall clock from the monotonic one: as it is believed, and as it is now. */
  #believed: number | undefined;
  #present: number;
  #presentSinceMs: number;

  constructor(options: PlausibleClockOptions) {
    this.#options = options;
    const monotonicMs = options.monotonicMs();
    this.#present = options.nowMs() - monotonicMs;
    this.#presentSinceMs = monotonicMs;
  }

  /** Looks at both clocks. Jumps are noticed by this alone, so it is called regularly. */
  look(): ClockReading {
    const wallMs = this.#options.nowMs();
    const monotonicMs = this.#options.monotonicMs();
    const offsetMs = wallMs - monotonicMs;
    if (Math.abs(offsetMs - this.#present) > TOLERANCE_MS) this.#presentSinceMs = monotonicMs;
    // A clock that is slewed is followed.
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

  /** Believes a reading that something else speaks for, unless one is believed already. */
  believe({ offsetMs }: ClockReading): void {
    this.#believed ??= offsetMs;
  }
}
