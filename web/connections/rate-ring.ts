/** Seconds that the sparkline shows. */
export const SPARKLINE_SECONDS = 60;
const UNKNOWN = Number.NaN;

/** Last values of one row, one for each second. */
export class RateRing {
  readonly #values = new Float64Array(SPARKLINE_SECONDS).fill(UNKNOWN);
  /** Second of the last value; undefined before the first one. */
  #second: number | undefined;

  /** Adds the value of a second; null if it is unknown. A second that was left out stays unknown. */
  add(second: number, value: number | null): void {
    const last = this.#second;
    if (last !== undefined && second < last) return;
    const from = last === undefined ? second : Math.max(last + 1, second - SPARKLINE_SECONDS + 1);
    for (let each = from; each < second; each++) this.#values[each % SPARKLINE_SECONDS] = UNKNOWN;
    this.#values[second % SPARKLINE_SECONDS] = value ?? UNKNOWN;
    this.#second = second;
  }

  /** Returns the values of the seconds until one, the oldest first; null where they are unknown. */
  until(second: number): (number | null)[] {
    const last = this.#second ?? Number.NEGATIVE_INFINITY;
    return Array.from({ length: SPARKLINE_SECONDS }, (_, i) => {
      const each = second - SPARKLINE_SECONDS + 1 + i;
      if (each < 0 || each > last || each <= last - SPARKLINE_SECONDS) return null;
      const value = this.#values[each % SPARKLINE_SECONDS] ?? UNKNOWN;
      return Number.isNaN(value) ? null : value;
    });
  }
}

/** Rows whose values are kept: more are forgotten, those first that were seen least recently. */
export const MAX_RINGS = 2000;

/** Last values of rows by their keys. */
export class RateRings {
  /** In the order in which they were seen. */
  readonly #rings = new Map<string, RateRing>();

  /** Adds the value of a second of a row. */
  add(key: string, second: number, value: number | null): void {
    const ring = this.#rings.get(key) ?? new RateRing();
    ring.add(second, value);
    this.#rings.delete(key);
    this.#rings.set(key, ring);
    for (const oldest of this.#rings.keys()) {
      if (this.#rings.size <= MAX_RINGS) break;
      this.#rings.delete(oldest);
    }
  }

  /** Returns the last values of a row, the oldest first; undefined for a row that was never seen. */
  values(key: string, second: number): (number | null)[] | undefined {
    return this.#rings.get(key)?.until(second);
  }
}
