/** End times of the latest complete scans, by scan number. One of these scans saw each vanished socket last. */
export class ScanTimes {
  readonly #kept: number;
  readonly #times = new Map<number, string>();
  #last = 0;

  /** @param kept maximum number of scans to remember */
  constructor(kept: number) {
    this.#kept = kept;
  }

  /** Number of the latest complete scan; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** Adds a complete scan. `timestamp` is its end, RFC 3339 UTC. */
  add(scan: number, timestamp: string): void {
    this.#last = scan;
    this.#times.set(scan, timestamp);
    if (this.#times.size <= this.#kept) return;
    const [oldest] = this.#times.keys();
    if (oldest !== undefined) this.#times.delete(oldest);
  }

  /** Returns when a scan ended; undefined when it is not remembered or was not complete. */
  of(scan: number): string | undefined {
    return this.#times.get(scan);
  }
}
