import type { Side } from '../../metrics/index.js';
import type { Exchange } from '../http/index.js';

/** Time after which a newer scrape may displace an answer that the client has not read. */
const UNREAD_MS = 1000;

/** Scrapes being answered: a bounded number for this machine, and as many for all others. */
export class Scrapes {
  readonly #max: number;
  readonly #inFlight: Readonly<Record<Side, Set<Exchange>>> = { local: new Set(), remote: new Set() };

  constructor(max: number) {
    this.#max = max;
  }

  /** Adds a scrape. Returns false when there are too many and none of them is old enough to be displaced. */
  enter(exchange: Exchange): boolean {
    const inFlight = this.#inFlight[exchange.side];
    if (inFlight.size >= this.#max && !this.#makeRoom(inFlight, exchange.startedMs)) return false;
    inFlight.add(exchange);
    return true;
  }

  leave(exchange: Exchange): void {
    this.#inFlight[exchange.side].delete(exchange);
  }

  /** Displaces the oldest scrape if it is old enough. A Set keeps the order of insertion. */
  #makeRoom(inFlight: ReadonlySet<Exchange>, nowMs: number): boolean {
    for (const oldest of inFlight) {
      if (nowMs - oldest.startedMs < UNREAD_MS) return false;
      oldest.abandon('displaced');
      return true;
    }
    return false;
  }
}
