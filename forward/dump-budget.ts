/** Budget of dumped bytes of one service: a rate, and a burst of one second. */
export class DumpBudget {
  readonly #nowMs: () => number;
  #bytesPerSec: number;
  #bytes: number;
  #lastMs: number;

  /** @param nowMs clock that never goes back, in milliseconds */
  constructor(bytesPerSec: number, nowMs: () => number) {
    this.#bytesPerSec = bytesPerSec;
    this.#bytes = bytesPerSec;
    this.#nowMs = nowMs;
    this.#lastMs = nowMs();
  }

  /** Changes the rate. */
  set bytesPerSec(rate: number) {
    this.#bytesPerSec = rate;
    this.#bytes = Math.min(this.#bytes, rate);
  }

  /** Takes up to `wanted` bytes. Returns how many may be dumped. */
  take(wanted: number): number {
    const nowMs = this.#nowMs();
    const grown = this.#bytes + ((nowMs - this.#lastMs) / 1000) * this.#bytesPerSec;
    this.#bytes = Math.min(this.#bytesPerSec, grown);
    this.#lastMs = nowMs;
    const taken = Math.min(wanted, Math.floor(this.#bytes));
    this.#bytes -= taken;
    return taken;
  }
}
