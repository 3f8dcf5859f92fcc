import type { CountedExchange } from './counted-exchange.js';
import type { HttpConnection, HttpExchange, HttpSide } from './exchange.js';

/** Returns an exchange, or the part of it that totals need, with a connection that became known later. */
export function joinExchange<T extends CountedExchange | HttpExchange>(
  exchange: T,
  connection: HttpConnection | null,
): T {
  if (connection === null) return exchange;
  const { side, ttfbUs } = exchange;
  return { ...exchange, connection, serverUs: ttfbUs === null ? null : serverUs(side, ttfbUs, connection) };
}

/** Returns the time that the server took; null if it is not known. */
export function serverUs(side: HttpSide, ttfbUs: number, connection: HttpConnection | null): number | null {
  if (side === 'server' || side === 'local') return ttfbUs;
  if (side !== 'client' || connection === null) return null;
  return Math.max(0, ttfbUs - connection.rttUs);
}
