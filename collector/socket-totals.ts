import { type ScanMetrics, SOCKET_FAMILIES } from '../metrics/index.js';

/** Gauges of the sockets found by the last scans of all sources. `tally` is in the order of {@link SOCKET_FAMILIES}. */
export class SocketTotals {
  readonly #sockets: ScanMetrics['sockets'];
  readonly #bySource = new Map<number, readonly number[]>();
  readonly #totals = SOCKET_FAMILIES.map(() => 0);

  constructor({ sockets }: Pick<ScanMetrics, 'sockets'>) {
    this.#sockets = sockets;
  }

  /** Updates the totals after a complete scan of a source. */
  scanned(source: number, tally: Uint32Array): void {
    const now = SOCKET_FAMILIES.map((_, index) => tally[index] ?? 0);
    this.#replace(source, now);
    this.#bySource.set(source, now);
  }

  /** Subtracts a source that was removed. */
  removed(source: number): void {
    this.#replace(source, []);
    this.#bySource.delete(source);
  }

  #replace(source: number, now: readonly number[]): void {
    const before = this.#bySource.get(source) ?? [];
    SOCKET_FAMILIES.forEach((family, index) => {
      const total = (this.#totals[index] ?? 0) + (now[index] ?? 0) - (before[index] ?? 0);
      this.#totals[index] = total;
      this.#sockets.set(family, total);
    });
  }
}
