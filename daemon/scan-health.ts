import type { Health } from '../live/http/index.js';
import type { ScanFigures } from '../native/index.js';

/** The collector is unhealthy after this many intervals without a complete scan, but at least after the time below. */
const UNHEALTHY_BEATS = 100;
const UNHEALTHY_MS = 10_000;

/** Options of {@link ScanHealth}. */
export interface ScanHealthOptions {
  /** Scan interval, nanoseconds. */
  readonly intervalNs: number;
  /** Number of scans after which `onLastRep` is called; 0: never. */
  readonly reps: number;
  /** Called with the first complete scan, which shows how the kernel answers. */
  readonly onFirstScan: (scan: ScanFigures) => void;
  readonly onLastRep: () => void;
}

/** Health of the collector, by its scans. */
export class ScanHealth {
  readonly #options: ScanHealthOptions;
  #scans = 0;
  /** True after the first complete scan: the collector is ready. */
  #isComplete = false;
  #lastScanMs = performance.now();
  #beatNs: number;

  constructor(options: ScanHealthOptions) {
    this.#options = options;
    this.#beatNs = options.intervalNs;
  }

  /** Current time between two scans, microseconds. */
  get beatUs(): number {
    return this.#beatNs / 1000;
  }

  /** Counts a scan. */
  scanned(scan: ScanFigures): void {
    const { intervalNs, reps, onFirstScan, onLastRep } = this.#options;
    this.#scans++;
    this.#beatNs = Math.max(intervalNs, scan.effectiveIntervalNs);
    if (scan.failure === undefined) {
      this.#lastScanMs = performance.now();
      if (!this.#isComplete) onFirstScan(scan);
      this.#isComplete = true;
    }
    if (this.#scans === reps) onLastRep();
  }

  /** Returns the answer of `/healthz`: complete scans are still made. */
  health(): Health {
    const limitMs = Math.max(UNHEALTHY_MS, (this.#beatNs / 1e6) * UNHEALTHY_BEATS);
    const ageMs = performance.now() - this.#lastScanMs;
    if (ageMs <= limitMs) return { ok: true };
    return { ok: false, reason: `no complete scan for ${Math.round(ageMs / 1000)} s` };
  }

  /** Returns the answer of `/readyz`: there was a complete scan, too. */
  ready(): Health {
    return this.#isComplete ? this.health() : { ok: false, reason: 'no complete scan yet' };
  }
}
