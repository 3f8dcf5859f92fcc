/**
 * Computes the growth of a 64-bit counter. Null if either value is unknown, or if the counter went back: disconnecting
 * a socket sets the kernel's counters to 0, and the growth in between is unknown.
 */
export function counterIncrease(before: number | null, now: number | null): number | null {
  return before === null || now === null || now < before ? null : now - before;
}

const WRAP = 2 ** 32;

/**
 * Computes the growth of a counter that wraps at 2^32: less than half of that is growth, more means that it went back.
 */
export function counterIncrease32(before: number | null, now: number | null): number | null {
  if (before === null || now === null) return null;
  const grown = (now - before) >>> 0;
  return grown < WRAP / 2 ? grown : null;
}

/**
 * Computes the growth of a counter that wraps at 2^32 and does not go back. Without an earlier value (undefined), the
 * growth since the connection began, which is the value itself. Null if a value is unknown.
 */
export function increaseSinceStart32(before: number | null | undefined, now: number | null): number | null {
  return now === null || before === null ? null : (now - (before ?? 0)) >>> 0;
}

/** Value of a counter over a whole connection, across wraps and disconnections. */
export class Total {
  readonly #grow: (before: number | null, now: number | null) => number | null;
  #last: number | null = null;
  #first = 0;
  #value = 0;

  /** @param bits 32 for a counter that wraps */
  constructor(bits: 32 | 64) {
    this.#grow = bits === 32 ? counterIncrease32 : counterIncrease;
  }

  /** Adds the next reading; null is ignored. */
  add(reading: number | null): void {
    if (reading === null) return;
    if (this.#last === null) {
      this.#first = reading;
      this.#value = reading;
    } else {
      // After a disconnection, the whole reading is new.
      this.#value += this.#grow(this.#last, reading) ?? reading;
    }
    this.#last = reading;
  }

  /** First reading plus all growth; null without a reading. */
  get value(): number | null {
    return this.#last === null ? null : this.#value;
  }

  /** Growth since the first reading; null without a reading. */
  get grown(): number | null {
    return this.#last === null ? null : this.#value - this.#first;
  }

  /** Resets the total for the next connection. */
  reset(): void {
    this.#last = null;
    this.#first = 0;
    this.#value = 0;
  }
}
