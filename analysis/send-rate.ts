/** Smoothing time of the rate: longer than a burst, shorter than a phase of BBR at usual round-trip times. */
const SMOOTH_US = 100_000;

/** Smoothed sending rate. A single interval between two scans may contain no burst, or two. */
export class SendRate {
  #bytes = 0;
  #us = 0;

  /**
   * Adds an interval.
   * @param bytes payload sent in the interval; null if unknown, which resets the rate
   * @returns recent rate in bytes per second; null if unknown
   */
  add(bytes: number | null, intervalUs: number): number | null {
    if (bytes === null) {
      this.reset();
      return null;
    }
    const keep = Math.exp(-intervalUs / SMOOTH_US);
    this.#bytes = this.#bytes * keep + bytes;
    this.#us = this.#us * keep + intervalUs;
    return (this.#bytes * 1e6) / this.#us;
  }

  /** Resets the rate. */
  reset(): void {
    this.#bytes = 0;
    this.#us = 0;
  }
}
