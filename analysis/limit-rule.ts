import { counterIncrease } from './counters.js';
import { Exchange } from './exchange.js';
import { type Limit, type LimitedBy, limitedBy } from './limited-by.js';
import { Losses } from './losses.js';
import { movedBetween } from './moved.js';
import type { Observation } from './observation.js';
import { SendRate } from './send-rate.js';
import { clockParts, correctedParts } from './time-parts.js';

/** Causes that still apply to data in flight after everything was sent. */
const HOLDING_UP: readonly LimitedBy[] = ['cwnd', 'rwnd', 'pacing', 'loss'];

/**
 * Rule of docs/analysis.md for what limits a connection, applied interval by interval. Keeps the state that it needs:
 * which end asked and answered, losses, and the rate. Tables, pictures and metrics all use this rule.
 */
export class LimitRule {
  readonly #exchange = new Exchange();
  readonly #losses = new Losses();
  readonly #sendRate = new SendRate();
  #heldUpBy: Limit | null = null;
  /** Duration of `#heldUpBy` so far. */
  #heldUpUs = 0;
  #exchanges = 0;

  /** Number of exchanges that ended in the last interval. */
  get exchanges(): number {
    return this.#exchanges;
  }

  /** Adds the connection's first snapshot. */
  begin(first: Observation): void {
    if (first.hasInfo) this.#exchange.begin(first);
  }

  /** Returns what limited the connection between two consecutive snapshots; null if unknown. */
  next(before: Observation, now: Observation, intervalUs: number): Limit | null {
    this.#losses.add(before, now);
    const moved = movedBetween(before, now, intervalUs);
    const parts = clockParts(before, now, intervalUs);
    const limit = limitedBy({
      before,
      now,
      parts: parts === undefined ? undefined : correctedParts(parts, before, now, intervalUs),
      moved,
      turn: this.#exchange.turn(moved),
      asks: this.#exchange.isAsking(moved),
      answers: this.#exchange.isAnswering(moved),
      heldDown: this.#losses.isHeldDown(now),
      sendRate: this.#sendRate.add(counterIncrease(before.bytesSent, now.bytesSent), intervalUs),
      // A burst that waits for less than a round trip does not determine the cause of the time after it.
      heldUpBy: this.#heldUpUs >= (now.minRttUs ?? 0) ? this.#heldUpBy : null,
    });
    if (limit?.cause === 'idle') this.#losses.reset();
    const holdsUp = limit !== null && HOLDING_UP.includes(limit.cause);
    this.#heldUpUs = holdsUp ? this.#heldUpUs + intervalUs : 0;
    this.#heldUpBy = holdsUp ? limit : null;
    this.#exchanges = this.#exchange.exchanges(moved);
    this.#exchange.add(now, moved);
    return limit;
  }

  /** Resets everything for the next connection. */
  reset(): void {
    this.#exchange.reset();
    this.#losses.reset();
    this.#sendRate.reset();
    this.#heldUpBy = null;
    this.#heldUpUs = 0;
    this.#exchanges = 0;
  }
}
