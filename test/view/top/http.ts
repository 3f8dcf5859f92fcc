import type { HttpExchangeJson, HttpHostJson, HttpJson } from '../../../live/wire/index.js';

const percentiles = (p50: number | null) => ({ p50, p95: p50 === null ? null : p50 * 10, p99: null });

/** Exchange of tests, with this position. */
export function exchangeJson(position: number, more: Partial<HttpExchangeJson> = {}): HttpExchangeJson {
  return {
    time: `2026-11-28T19:05:0${position % 10}.117393226Z`,
    ...{ uuid: 'host_1', netns: null, interface: 'eth0', side: 'server', client: '10.77.0.1:56578' },
    ...{
      server: '10.77.0.2:80',
      method: 'GET',
      host: 'www.example.com',
      path: `/pages/${position}`,
      section: '/pages',
    },
    ...{ version: '1.1', status: 200, requestBytes: { head: 98, body: 0 }, responseBytes: { head: 96, body: 1024 } },
    ...{ requestUs: 0, ttfbUs: 1573, responseUs: 40, durationUs: 1613, serverUs: 1500, rttUs: 41, position },
    ...{ continued: false, upgraded: false, missing: null, headers: {} },
    ...more,
  };
}

/** Host of tests. */
export function hostJson(host: string, more: Partial<HttpHostJson> = {}): HttpHostJson {
  return {
    ...{ host, requests: 4120, responses: 4119, incomplete: 1, status: { 200: 4001, 304: 80, 404: 30, 500: 8 } },
    sections: [{ section: '/pages', requests: 2100, methods: { GET: 2050, POST: 50 }, ttfbUs: percentiles(11_000) }],
    ...{ ttfbUs: percentiles(12_000), serverUs: percentiles(2000), responseUs: percentiles(40) },
    ...{ durationUs: percentiles(12_040), rttUs: percentiles(10_000), retransmitRate: 0.002 },
    ...{ requestBytes: 400_000, responseBytes: 88_000_000 },
    ...more,
  };
}

/** Answer of `/http` with these hosts. */
export function httpJson(hosts: readonly HttpHostJson[]): HttpJson {
  return {
    ...{ time: '2026-11-28T19:05:13.000Z', from: '2026-11-28T19:05:02.000Z', to: '2026-11-28T19:05:12.000Z' },
    ...{ ports: ['80', '8000-8010'], requests: 4211, responses: 4210, hostCount: hosts.length, hosts },
    capture: {
      ...{ packets: 26_104, dropped: 0, freezes: 0, gaps: 2, unparsed: {}, unpaired: { start: 1, response: 1 } },
      notHttp: { tls: 3, http2: 0, other: 0 },
    },
  };
}
