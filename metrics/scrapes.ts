import type { Exchange, Side } from '../http/index.js';

/** Time that an answer may be on its way before a newer scrape takes its place. */
const UNREAD_MS = 1000;

/** Scrapes that are being answered, a bounded number for this machine and as many for all others. */
export class Scrapes {
  readonly #max: number;
  readonly #inFlight: Readonly<Record<Side, Set<Exchange>>> = { local: new Set(), remote: new Set() };

  constructor(max: number) {
    this.#max = max;
  }

  /** Takes a scrape; false when there are too many, and none of them has been on its way for long. */
  enter(exchange: Exchange): boolean {
    const inFlight = this.#inFlight[exchange.side];
    if (inFlight.size >= this.#max && !this.#makeRoom(inFlight, exchange.startedMs)) return false;
    inFlight.add(exchange);
    return true;
  }

  leave(exchange: Exchange): void {
    this.#inFlight[exchange.side].delete(exchange);
  }

  /** A set has its members in the order of their coming. */
  #makeRoom(inFlight: ReadonlySet<Exchange>, nowMs: number): boolean {
    for (const oldest of inFlight) {
      if (nowMs - oldest.startedMs < UNREAD_MS) return false;
      oldest.abandon('displaced');
      return true;
    }
    return false;
  }
}
