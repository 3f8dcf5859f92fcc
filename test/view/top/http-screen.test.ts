import { describe, expect, it } from 'vitest';
import { exchangeLines, httpLines } from '../../../view/top/http-screen.js';
import { Screen } from '../../../view/top/index.js';
import type { Line } from '../../../view/top/line.js';
import { exchangeJson, hostJson, httpJson } from './http.js';

const LOOK = { unicode: true, bytes: false };

const textOf = (lines: readonly Line[], columns = 140): string[] => {
  const screen = new Screen(columns, lines.length, lines);
  return lines.map((_, row) => screen.rowText(row));
};

describe('the HTTP tab', () => {
  it('has hosts with codes, times and retransmissions, and their busiest sections', () => {
    const api = hostJson('api.example.com', { status: { 204: 91 }, retransmitRate: null, sections: [] });
    const answer = httpJson([hostJson('www.example.com'), api]);
    expect(textOf(httpLines({ answer, error: undefined }, 140, LOOK))).toEqual([
      'ports 80, 8000-8010 · 421 requests/s in 10 s · 2 hosts',
      'missed  packets 0  gaps 2  incomplete 2  not HTTP/1: tls 3',
      'Host                         Req     Res    2xx    3xx    4xx    5xx  TTFB p50      p95  Server p50  RTT p50    Retr     Bytes',
      'www.example.com            4,120   4,119  4,001     80     30      8     12 ms   120 ms        2 ms    10 ms   0.2 %   88.4 MB',
      '   /pages  2,100  GET 2,050 POST 50  11 ms / 110 ms',
      'api.example.com            4,120   4,119     91      –      –      –     12 ms   120 ms        2 ms    10 ms       –   88.4 MB',
    ]);
  });

  it('fits any width, and keeps host, requests and the time to the first byte', () => {
    const answer = httpJson([hostJson('a-host-with-a-very-long-name.example.com')]);
    for (let columns = 40; columns <= 140; columns++) {
      const lines = textOf(httpLines({ answer, error: undefined }, columns, LOOK), 200);
      for (const text of lines) expect(text.length, text).toBeLessThanOrEqual(columns);
      expect(lines[2]).toMatch(/^Host .*Req .*TTFB p50/);
    }
  });

  it('shows no control character of a host, path or method', () => {
    const evil = '\u001b]0;x\u0007\u009b2J';
    const section = { section: evil, requests: 1, methods: { [evil]: 1 }, ttfbUs: { p50: 1, p95: 1, p99: 1 } };
    const hosts = httpLines({ answer: httpJson([hostJson(evil, { sections: [section] })]), error: evil }, 140, LOOK);
    const exchanges = exchangeLines([exchangeJson(1, { host: evil, path: evil, method: evil })], 140, LOOK);
    for (const text of [...hosts, ...exchanges].flat().map((each) => each.text)) {
      expect(text).not.toMatch(/[\p{Cc}]/u);
    }
  });

  it('says why there is nothing', () => {
    expect(textOf(httpLines({ answer: undefined, error: undefined }, 80, LOOK))[1]).toBe('Waiting for HTTP …');
    expect(textOf(httpLines({ answer: undefined, error: 'HTTP is not read' }, 80, LOOK))[1]).toBe('HTTP is not read');
    expect(textOf(httpLines({ answer: httpJson([]), error: undefined }, 80, LOOK)).at(-1)).toBe(
      'No HTTP request began in this window.',
    );
  });
});

describe('the last exchanges of a connection', () => {
  it('are ten, the latest first', () => {
    const lines = textOf(
      exchangeLines(
        Array.from({ length: 12 }, (_, i) => exchangeJson(i + 1)),
        120,
        LOOK,
      ),
    );
    expect(lines.slice(0, 3)).toEqual([
      'HTTP  the last 10 of 12',
      'Time          Method  Host             Path          Code     TTFB   Server    Whole      RTT',
      '19:05:02.117  GET     www.example.com  /pages/12      200  1.57 ms   1.5 ms  1.61 ms    41 µs',
    ]);
    expect(lines).toHaveLength(13);
  });

  it('say what is missing in the place of the code, and are nothing without any', () => {
    const lines = textOf(exchangeLines([exchangeJson(1, { status: null, missing: 'gap', ttfbUs: null })], 120, LOOK));
    expect(lines[2]).toMatch(/ gap /);
    expect(exchangeLines([], 120, LOOK)).toEqual([]);
  });
});
