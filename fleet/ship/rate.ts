/** Bound of bytes a second, with a burst of one second. Pure: the caller has the clock. */
export class Rate {
  readonly #bytesPerSecond: number;
  #credit: number;
  #atMs: number;

  constructor(bytesPerSecond: number, nowMs: number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#credit = bytesPerSecond;
    this.#atMs = nowMs;
  }

  /** Takes bytes. Returns the time to wait before they are sent, milliseconds. */
  take(bytes: number, nowMs: number): number {
    const earned = ((nowMs - this.#atMs) / 1000) * this.#bytesPerSecond;
    this.#credit = Math.min(this.#bytesPerSecond, this.#credit + earned) - bytes;
    this.#atMs = nowMs;
    return Math.max(0, (-this.#credit / this.#bytesPerSecond) * 1000);
  }
}
