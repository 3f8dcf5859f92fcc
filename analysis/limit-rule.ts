import { growth } from './counters.js';
import { Exchange } from './exchange.js';
import { type Limit, type LimitedBy, limitedBy } from './limited-by.js';
import { Losses } from './losses.js';
import { movedBetween } from './moved.js';
import type { Observation } from './observation.js';
import { SendRate } from './send-rate.js';
import { clockParts, correctedParts } from './time-parts.js';

/** Causes that still hold for what is on its way when all is sent. */
const HOLDING_UP: readonly LimitedBy[] = ['cwnd', 'rwnd', 'pacing', 'loss'];

/**
 * Applies the rule of what limits a connection, interval by interval of one connection, and remembers what it needs of those
 * before: who asked and who answered, losses, and the rate. The one rule behind tables, pictures and metrics.
 */
export class LimitRule {
  readonly #exchange = new Exchange();
  readonly #losses = new Losses();
  readonly #sendRate = new SendRate();
  #heldUpBy: Limit | null = null;
  /** Time that `heldUpBy` has lasted. */
  #heldUpUs = 0;
  #exchanges = 0;

  /** Exchanges that ended in the last interval. */
  get exchanges(): number {
    return this.#exchanges;
  }

  /** Takes the connection's first snapshot. */
  begin(first: Observation): void {
    if (first.hasInfo) this.#exchange.begin(first);
  }

  /** Returns what limited the connection between two snapshots that follow each other; null where it cannot be told. */
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
      sendRate: this.#sendRate.add(growth(before.bytesSent, now.bytesSent), intervalUs),
      // A burst that waits for less than a round trip says nothing of what follows it.
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

  /** Forgets everything, for the next connection. */
  reset(): void {
    this.#exchange.reset();
    this.#losses.reset();
    this.#sendRate.reset();
    this.#heldUpBy = null;
    this.#heldUpUs = 0;
    this.#exchanges = 0;
  }
}
