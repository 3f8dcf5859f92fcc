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

/** Places of one counter in the array of {@link Totals}: its last reading, its first, and its value. */
const [LAST, FIRST, VALUE, PLACES] = [0, 1, 2, 3];

/**
 * Values of counters over a whole connection, across wraps and disconnections. All are in one array, because an object
 * for each of a dozen counters would take a kilobyte a connection.
 */
export class Totals {
  readonly #bits: readonly (32 | 64)[];
  /** Places of all counters, one after the other. The last reading is NaN before the first. */
  readonly #places: number[];

  /** @param bits width of each counter; 32 for one that wraps */
  constructor(bits: readonly (32 | 64)[]) {
    this.#bits = bits;
    this.#places = new Array<number>(bits.length * PLACES).fill(Number.NaN);
  }

  /** Adds the next reading of the counter with this number; null is ignored. */
  add(counter: number, reading: number | null): void {
    if (reading === null) return;
    const places = this.#places;
    const at = counter * PLACES;
    const last = places[at + LAST] ?? Number.NaN;
    if (Number.isNaN(last)) {
      places[at + FIRST] = reading;
      places[at + VALUE] = reading;
    } else {
      const grown = this.#bits[counter] === 32 ? counterIncrease32(last, reading) : counterIncrease(last, reading);
      // After a disconnection, the whole reading is new.
      places[at + VALUE] = (places[at + VALUE] ?? 0) + (grown ?? reading);
    }
    places[at + LAST] = reading;
  }

  /** Returns the first reading plus all growth; null without a reading. */
  value(counter: number): number | null {
    return numberAt(this.#places, counter * PLACES + VALUE);
  }

  /** Returns the growth since the first reading; null without a reading. */
  grown(counter: number): number | null {
    const value = this.value(counter);
    const first = numberAt(this.#places, counter * PLACES + FIRST);
    return value === null || first === null ? null : value - first;
  }

  /** Resets all totals for the next connection. */
  reset(): void {
    this.#places.fill(Number.NaN);
  }
}

function numberAt(places: readonly number[], at: number): number | null {
  const value = places[at];
  return value === undefined || Number.isNaN(value) ? null : value;
}
