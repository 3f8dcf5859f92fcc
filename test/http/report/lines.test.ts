import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpCounts } from '../../../http/index.js';
import {
  cellsLine,
  combinedLine,
  exchangeLine,
  formatTimeNs,
  HttpWindows,
  jsonText,
  TrafficAlert,
  windowLine,
} from '../../../http/report/index.js';
import { connectionOf, exchangeAt, START_US } from '../../support/http-exchanges.js';

/** Letters that drive a terminal, or change the direction of writing. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const ATTACK = '\u001b]0;title\u0007\u009b31m\u202e"\\\t\n\u2028é';

const COUNTS: HttpCounts = {
  packets: { read: 5, dropped: 1 },
  freezes: 1,
  gaps: 2,
  unpaired: { request: 0, response: 1, gap: 0, truncated: 0, start: 3, overload: 0 },
  unparsed: { short: 2, 'http-version': 1 },
  notHttp: { tls: 4, http2: 0, other: 0 },
  flows: 1,
  heldBytes: 0,
};

describe('exchangeLine', () => {
  it('has the keys in their order, and nanoseconds', () => {
    const exchange = {
      ...exchangeAt(0, { connection: connectionOf() }),
      timeNs: BigInt(START_US) * 1000n + 117_393_226n,
    };
    expect(exchangeLine(exchange)).toBe(
      '{"time":"2026-11-28T19:05:02.117393226Z","uuid":"host_1795000000_0000000000000D8F","netns":null,' +
        '"interface":"eth0","side":"server","client":"10.77.0.1:56578","server":"10.77.0.2:80","method":"GET",' +
        '"host":"www.example.com","path":"/pages/create","section":"/pages","version":"1.1","status":200,' +
        '"requestBytes":{"head":98,"body":0},"responseBytes":{"head":96,"body":1024},"requestUs":0,"ttfbUs":1573,' +
        '"responseUs":40,"durationUs":1613,"serverUs":1573,"rttUs":41,"position":17,"continued":false,' +
        '"upgraded":false,"missing":null,"headers":{}}',
    );
  });

  it('has null for what is missing, and headers of both sides', () => {
    const line = exchangeLine(
      exchangeAt(0, {
        method: null,
        path: null,
        section: null,
        requestBytes: null,
        missing: 'request',
        bodyEstimated: true,
        headers: { request: {}, response: { server: 'x' } },
      }),
    );
    expect(JSON.parse(line)).toMatchObject({
      uuid: null,
      method: null,
      path: null,
      requestBytes: null,
      rttUs: null,
      missing: 'request',
      bodyEstimated: true,
      headers: { request: {}, response: { server: 'x' } },
    });
  });
});

describe('text from the wire', () => {
  it.each([
    ['jsonl', exchangeLine],
    ['combined', combinedLine],
    ['tsv', (exchange: ReturnType<typeof exchangeAt>) => cellsLine([exchange.host, exchange.path ?? ''])],
  ] as const)('drives no terminal in %s', (_, format) => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constant(ATTACK)), (text) => {
        const line = format(
          exchangeAt(0, {
            method: text,
            host: text,
            path: text,
            section: text,
            version: text,
            interface: text,
            headers: { request: { referer: text, 'user-agent': text }, response: { [text]: text } },
          }),
        );
        expect(line.replaceAll('\t', '')).not.toMatch(UNSAFE);
      }),
    );
  });

  it('is the same text again after JSON', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void expect(JSON.parse(jsonText(text))).toBe(text)));
    expect(JSON.parse(jsonText(ATTACK))).toBe(ATTACK);
    expect(jsonText('\u{e0041}')).toBe('"\\udb40\\udc41"');
  });

  it('drives no terminal in a document', () => {
    const lines: string[] = [];
    const alert = new TrafficAlert({ threshold: 10, spanUs: 1e6 });
    const windows = new HttpWindows({
      spanUs: 1e6,
      onWindow: (window) => lines.push(windowLine(window, { alert, counts: COUNTS, leftOut: 0 })),
    });
    windows.add(exchangeAt(0, { method: ATTACK, host: ATTACK, section: ATTACK, interface: ATTACK }));
    windows.finish(START_US + 1e6);
    expect(lines[0]).not.toMatch(UNSAFE);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      hosts: [{ host: ATTACK, sections: [{ methods: { [ATTACK]: 1 } }] }],
    });
  });
});

describe('combinedLine', () => {
  it("is Apache's combined log format", () => {
    const headers = { request: { referer: 'http://a/', 'user-agent': 'curl/8 "x"' }, response: {} };
    expect(combinedLine(exchangeAt(0, { headers }))).toBe(
      '10.77.0.1 - - [28/Nov/2026:19:05:02 +0000] "GET /pages/create HTTP/1.1" 200 1024 "http://a/" "curl/8 \\"x\\""',
    );
  });

  it('has - for what is not known', () => {
    const nothing = { method: null, path: null, status: null, responseBytes: null, client: '[::1]:5' };
    expect(combinedLine(exchangeAt(0, nothing))).toBe('::1 - - [28/Nov/2026:19:05:02 +0000] "-" - - "-" "-"');
  });
});

describe('formatTimeNs', () => {
  it('has nine digits, before and after a change of the second', () => {
    expect(
      [1_795_892_702_000_000_001n, 1_795_892_703_000_000_000n, 1_795_892_702_999_999_999n].map(formatTimeNs),
    ).toEqual(['2026-11-28T19:05:02.000000001Z', '2026-11-28T19:05:03.000000000Z', '2026-11-28T19:05:02.999999999Z']);
  });
});

describe('windowLine', () => {
  it('has rates in bits per second, percentiles, alert and counts', () => {
    const lines: string[] = [];
    const alert = new TrafficAlert({ threshold: 4, spanUs: 120e6 });
    const windows = new HttpWindows({
      spanUs: 10e6,
      fromUs: START_US,
      onWindow: (window) => lines.push(windowLine(window, { alert, counts: COUNTS, leftOut: 3, sections: 1 })),
    });
    for (const us of [0, 1]) {
      const exchange = exchangeAt(us, { section: `/${us}`, connection: connectionOf() });
      alert.addExchange(exchange);
      windows.add(exchange);
    }
    windows.finish(START_US + 10e6);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      from: '2026-11-28T19:05:02.000Z',
      to: '2026-11-28T19:05:12.000Z',
      requests: 2,
      responses: 2,
      late: 0,
      interfaces: [
        {
          interface: 'eth0',
          requests: 2,
          responses: 2,
          inBytes: 196,
          outBytes: 2240,
          throughBytes: 0,
          inBitsPerSec: 156.8,
          outBitsPerSec: 1792,
          throughBitsPerSec: 0,
          requestsPerSec: 0.2,
        },
      ],
      hosts: [
        {
          host: 'www.example.com',
          requests: 2,
          responses: 2,
          incomplete: 0,
          status: { 200: 2 },
          sections: [{ section: '/0', requests: 1, methods: { GET: 1 }, ttfbUs: { p50: 1573, p95: 1573, p99: 1573 } }],
          ttfbUs: { p50: 1573, p95: 1573, p99: 1573 },
          serverUs: { p50: 1573, p95: 1573, p99: 1573 },
          responseUs: { p50: 40, p95: 40, p99: 40 },
          durationUs: { p50: 1613, p95: 1613, p99: 1613 },
          rttUs: { p50: 41, p95: 41, p99: 41 },
          retransmitRate: 0,
          requestBytes: 196,
          responseBytes: 2240,
        },
      ],
      alert: {
        hits: 4,
        threshold: 4,
        spanSec: 120,
        raised: true,
        since: '2026-11-28T19:05:02.001Z',
        events: [{ kind: 'raised', time: '2026-11-28T19:05:02.001Z', hits: 4 }],
      },
      capture: {
        packets: 5,
        dropped: 1,
        freezes: 1,
        gaps: 2,
        unparsed: 3,
        unparsedBy: { short: 2, 'http-version': 1 },
        unpaired: COUNTS.unpaired,
        notHttp: COUNTS.notHttp,
        linesLeftOut: 3,
      },
    });
  });
});
