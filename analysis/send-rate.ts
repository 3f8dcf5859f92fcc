/** Time over which the rate is smoothed: longer than a burst, shorter than a phase of BBR at usual round-trip times. */
const SMOOTH_US = 100_000;

/** Smoothed rate of sending: a single interval between two scans may hold no burst, or two. */
export class SendRate {
  #bytes = 0;
  #us = 0;

  /**
   * Adds an interval.
   * @param bytes payload sent in it; null when unknown, which forgets everything
   * @returns bytes per second of late; null when unknown
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

  /** Forgets everything. */
  reset(): void {
    this.#bytes = 0;
    this.#us = 0;
  }
}
