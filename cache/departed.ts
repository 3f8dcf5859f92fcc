import type { Traffic } from './connection.js';
import { endsOf } from './ends.js';

/** A connection that was closed because it had vanished. */
export interface Departed {
  /** Ports and addresses, as {@link endsOf} has them. */
  readonly ends: Uint8Array;
  readonly traffic: Traffic;
}

/** A cookie takes a fraction of what a connection takes. */
const COOKIES_A_CONNECTION = 4;

/**
 * Connections that vanished before the kernel told of their end, by cookie. A reset socket that its application holds on
 * to is told of when it is closed, hours later, maybe never: when there are too many, of the oldest only the cookie is
 * kept, so that a late event does not pass for a connection that nobody has seen; and when those are too many, nothing.
 */
export class DepartedConnections {
  readonly #departed = new Map<bigint, Departed>();
  readonly #forgotten = new Set<bigint>();

  /** @param limit how many are remembered */
  constructor(public limit: number) {}

  /** How many are remembered. */
  get size(): number {
    return this.#departed.size;
  }

  add(cookie: bigint, rawIdm: Uint8Array, traffic: Traffic): void {
    if (this.limit === 0) return;
    // A copy: the record's bytes are many more.
    this.#departed.set(cookie, { ends: Uint8Array.from(endsOf(rawIdm)), traffic });
    if (this.#departed.size <= this.limit) return;
    const [oldest] = this.#departed.keys();
    if (oldest === undefined) return;
    this.#departed.delete(oldest);
    this.#forgotten.add(oldest);
    if (this.#forgotten.size <= this.limit * COOKIES_A_CONNECTION) return;
    const [first] = this.#forgotten;
    if (first !== undefined) this.#forgotten.delete(first);
  }

  /** Whether all but its cookie was forgotten. That is forgotten with this. */
  wasForgotten(cookie: bigint): boolean {
    return this.#forgotten.delete(cookie);
  }

  /** Returns a connection and forgets it, whatever ends it had. */
  takeAny(cookie: bigint): Departed | undefined {
    const departed = this.#departed.get(cookie);
    this.#departed.delete(cookie);
    return departed;
  }

  /** Forgets a connection, and returns what was remembered if it had the same ends. */
  take(cookie: bigint, rawIdm: Uint8Array): Departed | undefined {
    const departed = this.#departed.get(cookie);
    if (departed === undefined) return undefined;
    this.#departed.delete(cookie);
    return Buffer.compare(departed.ends, endsOf(rawIdm)) === 0 ? departed : undefined;
  }
}
