const MS_PER_SECOND = 1000;
/** Time without work that can be saved, in seconds. It lets the first map of a machine take a tenth of a second. */
const SAVED_SECONDS = 5;

/**
 * CPU time that a thread may use: a share of the real time. It can save that of some seconds. Work that takes more
 * than there is leaves a debt. Over t seconds the thread uses at most `share × (t + 5)` seconds and its last work.
 */
export class CpuCredit {
  readonly #share: number;
  /** Most CPU time that can be saved, in milliseconds. */
  readonly mostMs: number;
  #savedMs: number;
  #atMs: number;

  /** @param share of a core, above 0 */
  constructor(share: number, nowMs: number) {
    this.#share = share;
    this.mostMs = share * SAVED_SECONDS * MS_PER_SECOND;
    this.#savedMs = this.mostMs;
    this.#atMs = nowMs;
  }

  /** Returns the CPU time that may be used now, in milliseconds; negative for a debt. */
  available(nowMs: number): number {
    this.#savedMs = Math.min(this.mostMs, this.#savedMs + Math.max(0, nowMs - this.#atMs) * this.#share);
    this.#atMs = nowMs;
    return this.#savedMs;
  }

  /** Takes CPU time that has been used, in milliseconds. */
  take(cpuMs: number): void {
    this.#savedMs -= cpuMs;
  }

  /** Returns the real time until so much CPU time is available, in milliseconds. */
  waitMs(cpuMs: number, nowMs: number): number {
    return Math.max(0, (Math.min(cpuMs, this.mostMs) - this.available(nowMs)) / this.#share);
  }
}
