import type { DestroyPace } from './destroy-pace.js';

/** Sockets that wait to be destroyed, first come, first served, within the bounds of a pace. Pure: time is a parameter. */
export class DestroyQueue<Order> {
  readonly #pace: DestroyPace;
  #waiting: Order[] = [];
  /** Index of the first that waits: a long queue is not moved for each part. */
  #first = 0;

  constructor(pace: DestroyPace) {
    this.#pace = pace;
  }

  /** Number that waits. */
  get size(): number {
    return this.#waiting.length - this.#first;
  }

  /** Appends orders. */
  add(orders: Iterable<Order>): void {
    for (const order of orders) this.#waiting.push(order);
  }

  /** Removes and returns those whose turn it is now. */
  take(nowMs: number): Order[] {
    const count = this.#pace.take(this.size, nowMs);
    const taken = this.#waiting.slice(this.#first, this.#first + count);
    this.#first += count;
    if (this.#first * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#first);
      this.#first = 0;
    }
    return taken;
  }

  /** Returns the time until the next may be taken, in milliseconds; undefined if none waits. */
  delayMs(nowMs: number): number | undefined {
    return this.size === 0 ? undefined : this.#pace.delayMs(nowMs);
  }

  /** Removes and returns all that wait. */
  clear(): Order[] {
    const rest = this.#waiting.slice(this.#first);
    this.#waiting = [];
    this.#first = 0;
    return rest;
  }
}
