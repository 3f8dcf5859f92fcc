import { endpointsOf } from './endpoints.js';
import type { SlotValues } from './state-slots.js';

/** Connection that was closed because it vanished from scans. */
export interface RecentlyClosed {
  /** Ports and addresses, as returned by {@link endpointsOf}. */
  readonly endpoints: Uint8Array;
  /** States of its observers. */
  readonly slots: SlotValues;
}

/** Cookies remembered per connection: a cookie takes a fraction of a connection's memory. */
const COOKIES_A_CONNECTION = 4;

/**
 * Connections that vanished before their destroy event, by cookie. If an application keeps a reset socket open, the
 * event comes hours later or never. Above the limit, only the cookies of the oldest connections are kept, so that their
 * late events are not taken for unseen connections; above the limit of cookies, the oldest are forgotten completely.
 */
export class RecentlyClosedConnections {
  readonly #connections = new Map<bigint, RecentlyClosed>();
  readonly #forgotten = new Set<bigint>();

  /** @param limit maximum number of connections to remember */
  constructor(public limit: number) {}

  /** Number of remembered connections. */
  get size(): number {
    return this.#connections.size;
  }

  add(cookie: bigint, rawIdm: Uint8Array, slots: SlotValues): void {
    if (this.limit === 0) return;
    // Copies, so that the much larger record is not kept in memory.
    this.#connections.set(cookie, { endpoints: Uint8Array.from(endpointsOf(rawIdm)), slots });
    if (this.#connections.size <= this.limit) return;
    const [oldest] = this.#connections.keys();
    if (oldest === undefined) return;
    this.#connections.delete(oldest);
    this.#forgotten.add(oldest);
    if (this.#forgotten.size <= this.limit * COOKIES_A_CONNECTION) return;
    const [first] = this.#forgotten;
    if (first !== undefined) this.#forgotten.delete(first);
  }

  /** Returns whether only the cookie of a connection is remembered, and forgets the cookie. */
  wasForgotten(cookie: bigint): boolean {
    return this.#forgotten.delete(cookie);
  }

  /** Returns a connection and forgets it, with any addresses and ports. */
  takeAny(cookie: bigint): RecentlyClosed | undefined {
    const closed = this.#connections.get(cookie);
    this.#connections.delete(cookie);
    return closed;
  }

  /** Forgets a connection, and returns it if it had the same addresses and ports. */
  take(cookie: bigint, rawIdm: Uint8Array): RecentlyClosed | undefined {
    const closed = this.#connections.get(cookie);
    if (closed === undefined) return undefined;
    this.#connections.delete(cookie);
    return Buffer.compare(closed.endpoints, endpointsOf(rawIdm)) === 0 ? closed : undefined;
  }
}
