import type { HttpExchange } from '../../http/index.js';
import type { ExchangeMetrics } from '../../metrics/index.js';

/** Exchanges of one connection. */
const MAX_OF_CONNECTION = 100;
/** Exchanges of all connections: some 20 MB. */
const MAX_OF_ALL = 20_000;

/**
 * The last exchanges of connections, by UUID. When there are too many in all, connections forget theirs, the one without
 * a new exchange for longest first.
 */
export class RecentExchanges {
  /** A map keeps the order of insertion: the connection with the latest exchange is last. */
  readonly #byUuid = new Map<string, HttpExchange[]>();
  readonly #metrics: Pick<ExchangeMetrics, 'forgotten' | 'kept'> | undefined;
  readonly #maxOfAll: number;
  #kept = 0;

  /** @param metrics absent when they are disabled */
  constructor(metrics: Pick<ExchangeMetrics, 'forgotten' | 'kept'> | undefined, maxOfAll: number = MAX_OF_ALL) {
    this.#metrics = metrics;
    this.#maxOfAll = maxOfAll;
  }

  /** Adds an exchange of a connection that is known; forgets one that is not. */
  add(exchange: HttpExchange): void {
    const uuid = exchange.connection?.uuid;
    if (uuid === undefined) return;
    const exchanges = this.#byUuid.get(uuid) ?? [];
    this.#byUuid.delete(uuid);
    this.#byUuid.set(uuid, exchanges);
    exchanges.push(exchange);
    this.#kept++;
    if (exchanges.length > MAX_OF_CONNECTION) {
      exchanges.shift();
      this.#kept--;
    }
    while (this.#kept > this.#maxOfAll) this.#forgetOldest();
    this.#metrics?.kept.set(this.#kept);
  }

  /** Returns the exchanges of a connection in the order in which they were added. */
  of(uuid: string): readonly HttpExchange[] {
    return this.#byUuid.get(uuid) ?? [];
  }

  #forgetOldest(): void {
    for (const [uuid, exchanges] of this.#byUuid) {
      this.#metrics?.forgotten.inc(exchanges.length);
      this.#kept -= exchanges.length;
      this.#byUuid.delete(uuid);
      return;
    }
  }
}
