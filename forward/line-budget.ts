/** Budget of log lines that clients can cause: at most some per second; the next line says how many were left out. */
export class LineBudget {
  readonly #perSecond: number;
  readonly #nowMs: () => number;
  #windowMs = Number.NEGATIVE_INFINITY;
  #used = 0;
  #omitted = 0;

  constructor(perSecond: number, nowMs: () => number) {
    this.#perSecond = perSecond;
    this.#nowMs = nowMs;
  }

  /** Asks for a line. Returns how many lines were left out before it; undefined if it is to be left out too. */
  take(): number | undefined {
    const nowMs = this.#nowMs();
    if (nowMs - this.#windowMs >= 1000) [this.#windowMs, this.#used] = [nowMs, 0];
    if (this.#used >= this.#perSecond) {
      this.#omitted++;
      return undefined;
    }
    this.#used++;
    const omitted = this.#omitted;
    this.#omitted = 0;
    return omitted;
  }
}
