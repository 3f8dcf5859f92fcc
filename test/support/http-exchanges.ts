import type { HttpConnection, HttpExchange } from '../../http/index.js';

/** First moment of exchanges of tests, in microseconds since 1970: 2026-11-28 19:05:02 UTC. */
export const START_US = Date.UTC(2026, 10, 28, 19, 5, 2) * 1000;

/** Creates an exchange that began so many microseconds after {@link START_US}. */
export function exchangeAt(us: number, more: Partial<HttpExchange> = {}): HttpExchange {
  return {
    timeNs: BigInt(START_US + Math.trunc(us)) * 1000n,
    connection: null,
    netns: null,
    interface: 'eth0',
    side: 'server',
    client: '10.77.0.1:56578',
    server: '10.77.0.2:80',
    method: 'GET',
    host: 'www.example.com',
    path: '/pages/create',
    section: '/pages',
    version: '1.1',
    status: 200,
    requestBytes: { head: 98, body: 0 },
    responseBytes: { head: 96, body: 1024 },
    bodyEstimated: false,
    requestUs: 0,
    ttfbUs: 1573,
    responseUs: 40,
    durationUs: 1613,
    serverUs: 1573,
    position: 17,
    continued: false,
    upgraded: false,
    missing: null,
    headers: { request: {}, response: {} },
    ...more,
  };
}

/** Creates what the kernel says of a connection. */
export function connectionOf(more: Partial<HttpConnection> = {}): HttpConnection {
  return { uuid: 'host_1795000000_0000000000000D8F', rttUs: 41, totalRetrans: 0, segsOut: 10, ...more };
}
