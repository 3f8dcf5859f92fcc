/** When the latest complete scans ended, by their numbers. A socket that has vanished was seen by one of them. */
export class ScanTimes {
  readonly #kept: number;
  readonly #times = new Map<number, string>();
  #last = 0;

  /** @param kept how many are remembered */
  constructor(kept: number) {
    this.#kept = kept;
  }

  /** The number of the latest; 0 when there was none. */
  get last(): number {
    return this.#last;
  }

  /** A scan is complete. `timestamp` is RFC 3339 UTC. */
  add(scan: number, timestamp: string): void {
    this.#last = scan;
    this.#times.set(scan, timestamp);
    if (this.#times.size <= this.#kept) return;
    const [oldest] = this.#times.keys();
    if (oldest !== undefined) this.#times.delete(oldest);
  }

  /** When a scan ended; undefined when it is not remembered or was not complete. */
  of(scan: number): string | undefined {
    return this.#times.get(scan);
  }
}
