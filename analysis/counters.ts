/**
 * Computes the growth of a 64-bit counter. Null when either is unknown, or when it went back: the socket was disconnected, which
 * sets the kernel's counters to 0, and what was counted in between is unknown.
 */
export function growth(before: number | null, now: number | null): number | null {
  return before === null || now === null || now < before ? null : now - before;
}

const WRAP = 2 ** 32;

/** Computes the growth of a counter that wraps at 2^32: less than half of that is growth, more is going back. */
export function growth32(before: number | null, now: number | null): number | null {
  if (before === null || now === null) return null;
  const grown = (now - before) >>> 0;
  return grown < WRAP / 2 ? grown : null;
}

/** A counter's value over a whole connection, beyond wraps and disconnections. */
export class Total {
  readonly #grow: (before: number | null, now: number | null) => number | null;
  #last: number | null = null;
  #first = 0;
  #value = 0;

  /** @param bits 32 of a counter that wraps */
  constructor(bits: 32 | 64) {
    this.#grow = bits === 32 ? growth32 : growth;
  }

  /** Takes the next reading; null is passed over. */
  add(reading: number | null): void {
    if (reading === null) return;
    if (this.#last === null) {
      this.#first = reading;
      this.#value = reading;
    } else {
      // After going back, the reading is all that was counted since.
      this.#value += this.#grow(this.#last, reading) ?? reading;
    }
    this.#last = reading;
  }

  /** The first reading and all growth; null when there was no reading. */
  get value(): number | null {
    return this.#last === null ? null : this.#value;
  }

  /** All growth since the first reading; null when there was no reading. */
  get grown(): number | null {
    return this.#last === null ? null : this.#value - this.#first;
  }

  /** Forgets everything. */
  reset(): void {
    this.#last = null;
    this.#first = 0;
    this.#value = 0;
  }
}
