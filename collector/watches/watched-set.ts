import { type CookieKey, cookieKeyOf } from '../../cache/index.js';
import type { HeldMessage, WatchedConnection } from './watched-connection.js';

/** Connections of one network namespace that are, or lately were, watched. */
export class WatchedSet {
  readonly #connections = new Map<CookieKey, WatchedConnection>();

  /** Number of connections. */
  get size(): number {
    return this.#connections.size;
  }

  /** Iterates over the connections. */
  [Symbol.iterator](): IterableIterator<WatchedConnection> {
    return this.#connections.values();
  }

  add(watched: WatchedConnection): void {
    this.#connections.set(cookieKeyOf(watched.connection.cookie), watched);
  }

  get(cookie: CookieKey): WatchedConnection | undefined {
    return this.#connections.get(cookie);
  }

  /**
   * Notes a complete scan, after its messages. Forgets connections that are no longer watched.
   * @param take called for each message that was held back and has to count after all
   */
  scanned(startNs: bigint, take: (message: HeldMessage, watched: WatchedConnection) => void): void {
    for (const [cookie, watched] of this.#connections) {
      const held = watched.takeHeld(startNs);
      if (held !== undefined) take(held, watched);
      if (watched.isOver(startNs)) this.#connections.delete(cookie);
    }
  }
}
