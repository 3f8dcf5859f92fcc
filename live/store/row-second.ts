import { hasWork, type LimitEvidence, type LimitedBy, type Observation, standingLimit } from '../../analysis/index.js';
import type { LastSecond } from './last-second.js';
import { NO_RATES, ratesOf, SecondGrowth } from './second.js';

/** Current second of a row, and the rates and the limit of the last one. */
export class RowSecond {
  #growth: SecondGrowth | undefined;
  #rates = NO_RATES;
  #limitedBy: LimitedBy | null = null;
  #evidence: LimitEvidence | null = null;

  /** Growth of the current second; undefined if nothing happened in it. */
  get growth(): SecondGrowth | undefined {
    return this.#growth;
  }

  /** Returns the growth of the current second, in which something happens. */
  begun(): SecondGrowth {
    this.#growth ??= new SecondGrowth();
    return this.#growth;
  }

  /** Limit of the last second; null if unknown. */
  get limit(): { readonly cause: LimitedBy; readonly evidence: LimitEvidence | null } | null {
    return this.#limitedBy === null ? null : { cause: this.#limitedBy, evidence: this.#evidence };
  }

  /** Shows the derived values of a row's last snapshot. */
  show(into: LastSecond, o: Observation): void {
    into.show(o, this.#rates, this.#limitedBy, this.#evidence);
  }

  /**
   * Ends the current second: its growth becomes the rates. Returns whether anything happened in it.
   * @param o last snapshot of the row
   * @param isOpen false if the connection has ended: nothing limits it any more
   */
  finish(o: Observation, elapsedUs: number, isOpen: boolean): boolean {
    const growth = this.#growth;
    const limit = growth?.limits.longest;
    const happened = growth !== undefined && (growth.records > 0 || limit !== undefined);
    this.#rates = happened ? ratesOf(growth, elapsedUs) : NO_RATES;
    if (limit !== undefined) {
      this.#limitedBy = limit.cause;
      this.#evidence = limit.evidence;
    } else if (growth === undefined || !growth.hasMoved) this.#stand(o, isOpen);
    if (happened) growth.reset();
    else this.#growth = undefined;
    return happened;
  }

  /** Determines the limit of a second in which nothing happened: data that still waits is held up by the same cause. */
  #stand(o: Observation, isOpen: boolean): void {
    if (isOpen && hasWork(o) && this.#limitedBy !== null && this.#limitedBy !== 'idle') return;
    const limit = isOpen ? standingLimit(o) : null;
    this.#limitedBy = limit?.cause ?? null;
    this.#evidence = limit?.evidence ?? null;
  }
}
