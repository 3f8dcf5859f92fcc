/** Most sockets that are destroyed in any second, by default: a wrong rule must be stoppable. */
export const DEFAULT_DESTROYS_PER_SECOND = 1000;

const SECOND_MS = 1000;
/** Slice of a second that may have its share only, so that a wrong rule does its damage evenly. */
const SLICE_MS = 50;
const SLICES = SECOND_MS / SLICE_MS;

/** Sockets that were destroyed at one time. */
interface Taken {
  readonly atMs: number;
  readonly count: number;
}

/**
 * Bound of a rate: in no second more than a number of destroys, and in no twentieth of a second more than its share.
 * Pure: time is a parameter, of a monotonic clock in milliseconds.
 */
export class DestroyPace {
  readonly #perSecond: number;
  readonly #perSlice: number;
  /** Destroys of the last second, in the order of time. */
  #taken: Taken[] = [];

  /** @throws RangeError for a rate that is no positive whole number */
  constructor(perSecond: number = DEFAULT_DESTROYS_PER_SECOND) {
    if (!Number.isSafeInteger(perSecond) || perSecond < 1) {
      throw new RangeError(`${perSecond} destroys a second: expected a whole number from 1`);
    }
    this.#perSecond = perSecond;
    this.#perSlice = Math.ceil(perSecond / SLICES);
  }

  /** Takes as many of the wanted destroys as the bounds allow now, and returns their number. */
  take(wanted: number, nowMs: number): number {
    this.#forget(nowMs);
    const inSecond = this.#sum(Number.NEGATIVE_INFINITY);
    const inSlice = this.#sum(nowMs - SLICE_MS);
    const count = Math.max(0, Math.min(wanted, this.#perSecond - inSecond, this.#perSlice - inSlice));
    if (count > 0) this.#taken.push({ atMs: nowMs, count });
    return count;
  }

  /** Returns the time until at least one more may be destroyed, in milliseconds; 0 if one may be now. */
  delayMs(nowMs: number): number {
    this.#forget(nowMs);
    const untilSlice = this.#untilBelow(this.#perSlice, nowMs - SLICE_MS, SLICE_MS);
    const untilSecond = this.#untilBelow(this.#perSecond, Number.NEGATIVE_INFINITY, SECOND_MS);
    return Math.max(0, untilSlice - nowMs, untilSecond - nowMs);
  }

  /** Returns the time when less than `limit` is left in a window, of what was taken after `sinceMs`. */
  #untilBelow(limit: number, sinceMs: number, windowMs: number): number {
    let sum = this.#sum(sinceMs);
    for (const { atMs, count } of this.#taken) {
      if (sum < limit) break;
      if (atMs <= sinceMs) continue;
      sum -= count;
      if (sum < limit) return atMs + windowMs;
    }
    return Number.NEGATIVE_INFINITY;
  }

  #sum(afterMs: number): number {
    let sum = 0;
    for (const { atMs, count } of this.#taken) if (atMs > afterMs) sum += count;
    return sum;
  }

  #forget(nowMs: number): void {
    this.#taken = this.#taken.filter(({ atMs }) => atMs > nowMs - SECOND_MS);
  }
}
