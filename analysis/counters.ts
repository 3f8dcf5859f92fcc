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

/** Numbers of each counter in {@link Totals}: the first reading, the last one, and the value. */
const NUMBERS = 3;

/**
 * Values of a connection's counters over its whole time, across wraps and disconnections, by their places. All numbers
 * are in one array: each object more would be memory that has to come from afar, for thousands of connections.
 */
export class Totals {
  /** NaN without a reading. */
  readonly #numbers: Float64Array;

  /** @param count number of counters */
  constructor(count: number) {
    this.#numbers = new Float64Array(NUMBERS * count).fill(Number.NaN);
  }

  /** Adds the next reading of a 64-bit counter; null is ignored. */
  add64(place: number, reading: number | null): void {
    if (reading !== null) this.#add(place, reading, counterIncrease(this.#last(place), reading));
  }

  /** Adds the next reading of a counter that wraps at 2^32; null is ignored. */
  add32(place: number, reading: number | null): void {
    if (reading !== null) this.#add(place, reading, counterIncrease32(this.#last(place), reading));
  }

  #add(place: number, reading: number, grown: number | null): void {
    const numbers = this.#numbers;
    const at = NUMBERS * place;
    if (Number.isNaN(numbers[at])) {
      numbers[at] = reading;
      numbers[at + 2] = reading;
    } else {
      // After a disconnection, the whole reading is new.
      numbers[at + 2] = (numbers[at + 2] ?? 0) + (grown ?? reading);
    }
    numbers[at + 1] = reading;
  }

  /** Returns the last reading; 0 without one, which is not looked at. */
  #last(place: number): number {
    const last = this.#numbers[NUMBERS * place + 1] ?? 0;
    return Number.isNaN(last) ? 0 : last;
  }

  /** Returns the first reading plus all growth; null without a reading. */
  value(place: number): number | null {
    const value = this.#numbers[NUMBERS * place + 2] ?? Number.NaN;
    return Number.isNaN(value) ? null : value;
  }

  /** Returns the growth since the first reading; null without a reading. */
  grown(place: number): number | null {
    const value = this.value(place);
    return value === null ? null : value - (this.#numbers[NUMBERS * place] ?? 0);
  }

  /** Resets all counters for the next connection. */
  reset(): void {
    this.#numbers.fill(Number.NaN);
  }
}
