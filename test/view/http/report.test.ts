import { describe, expect, it } from 'vitest';
import type { HttpCounts, HttpExchange } from '../../../http/index.js';
import { type HttpWindow, HttpWindows, TrafficAlert } from '../../../http/report/index.js';
import { type TextStyle, textWidth } from '../../../view/chart/index.js';
import { captureSentence, type HttpReport, lineText, reportLines, waitsFor } from '../../../view/http/index.js';
import { connectionOf, exchangeAt, START_US } from '../../support/http-exchanges.js';

const COUNTS: HttpCounts = {
  packets: { read: 1234, dropped: 0 },
  freezes: 0,
  gaps: 0,
  unpaired: { request: 0, response: 1, gap: 0, truncated: 0, start: 1, overload: 0 },
  unparsed: { short: 0, protocol: 7, 'http-length': 2 },
  notHttp: { tls: 3, http2: 0, other: 0 },
  flows: 0,
  heldBytes: 0,
};

const styleOf = (width: number): TextStyle => ({ width, unicode: true, paint: (_, text) => text });

function windowOf(exchanges: readonly HttpExchange[]): HttpWindow {
  const done: HttpWindow[] = [];
  const windows = new HttpWindows({ spanUs: 10e6, fromUs: START_US, onWindow: (window) => done.push(window) });
  for (const exchange of exchanges) windows.add(exchange);
  windows.finish(START_US + 10e6);
  const [window] = done;
  if (window === undefined) throw new Error('no window');
  return window;
}

function reportOf(exchanges: readonly HttpExchange[], more: Partial<HttpReport> = {}): HttpReport {
  return {
    window: windowOf(exchanges),
    source: 'ports 80, 8080',
    join: { found: 12, asked: 12 },
    alert: new TrafficAlert({ threshold: 7000, spanUs: 120e6 }),
    counts: COUNTS,
    top: 5,
    sections: 3,
    ...more,
  };
}

function linesOf(report: HttpReport, width = Number.POSITIVE_INFINITY): string[] {
  return reportLines(report, styleOf(width)).map((line) => lineText(line, styleOf(width)));
}

/** An exchange seen by its client, over a network with this round trip. */
function asked(serverUs: number, rttUs: number, responseUs: number, totalRetrans = 0): HttpExchange {
  return exchangeAt(0, {
    side: 'client',
    ttfbUs: serverUs + rttUs,
    serverUs,
    responseUs,
    durationUs: serverUs + rttUs + responseUs,
    connection: connectionOf({ rttUs, segsOut: 100, totalRetrans }),
  });
}

describe('reportLines', () => {
  it('has title, alert, traffic, what was missed, hosts and sections', () => {
    const exchanges = [exchangeAt(0, { connection: connectionOf() }), exchangeAt(1, { method: 'POST', status: 404 })];
    expect(linesOf(reportOf(exchanges))).toEqual([
      'tcp-info http   10 s   until 2026-11-28 19:05:12Z   ports 80, 8080   join: 12 of 12 connections',
      'alert    0 of 7,000 messages in 2 min',
      'traffic  eth0  in 157 bit/s  out 1.79 kbit/s   0.2 requests/s',
      'missed   packets 0   gaps 0   unpaired 2 (1 without answer, 1 before start)   unparsed 2 (2 http-length)   ' +
        'TLS on these ports: 3 connections',
      '',
      'HOST             REQ  RES  2xx  3xx  4xx  5xx  TTFB p50      p95  SERVER p50  RTT p50  RETRANS    BYTES  ' +
        'WAITS FOR    METHODS',
      'www.example.com    2    2    1    0    1    0   1.57 ms  1.57 ms     1.57 ms    41 µs      0 %  2.24 kB  ' +
        'server 95 %',
      '  /pages           2                            1.57 ms  1.57 ms' +
        '                                                      GET 1 POST 1',
    ]);
  });

  it.each([50, 60, 80, 100, 120, 200])('fits into %d columns, and cuts no number', (width) => {
    const exchanges = Array.from({ length: 1234 }, (_, i) => ({
      ...asked(1_000_000, 40_000, 30),
      host: `host-with-a-long-name-${i % 7}.example.com`,
      status: [200, 302, 404, 503][i % 4] ?? 200,
    }));
    const all = linesOf(reportOf(exchanges)).join(' ');
    for (const line of linesOf(reportOf(exchanges), width)) {
      expect(textWidth(line), line).toBeLessThanOrEqual(width);
      for (const [number] of line.matchAll(/(?<![\w.-])\d[\d,.]*(?= )/g)) expect(all).toContain(number);
    }
  });

  it('leaves out rows of the table on a low terminal, and keeps the alert', () => {
    const alert = new TrafficAlert({ threshold: 1, spanUs: 120e6 });
    alert.add(START_US);
    const exchanges = Array.from({ length: 50 }, (_, i) => exchangeAt(i, { host: `h${i}` }));
    const lines = linesOf(reportOf(exchanges, { alert, rows: 12, top: 50 }));
    expect(lines).toHaveLength(12);
    expect(lines[1]).toBe('alert    1 of 1 message in 2 min   HIGH since 19:05:02.000');
    expect(lines.at(-1)).toBe(
      '19:05:02 High traffic generated an alert - hits = 1, triggered at 2026-11-28 19:05:02.000',
    );
  });

  it('says that nothing passed', () => {
    expect(linesOf(reportOf([])).slice(-1)).toEqual(['no HTTP/1 message in this time']);
  });

  it('escapes what comes from the wire', () => {
    const attack = '\u001b]0;x\u0007\u009b31m\u202e';
    const exchanges = [
      { ...asked(1e6, 1, 1), host: attack, section: attack, path: attack, method: attack, interface: attack },
    ];
    const text = linesOf(reportOf(exchanges, { source: attack })).join('');
    expect(text).toContain('\\u{1b}]0;x');
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('has rates of the time so far while the window goes on', () => {
    const [title, , traffic] = linesOf(reportOf([exchangeAt(0)], { soFarSec: 2 }));
    expect(title).toContain('so far   since 2026-11-28 19:05:02Z');
    expect(traffic).toBe('traffic  eth0  in 392 bit/s  out 4.48 kbit/s   0.5 requests/s');
  });

  it('shows requests that wait', () => {
    const [title] = linesOf(reportOf([], { open: { requests: 3, oldestUs: 7_300_000 } }));
    expect(title).toContain('waiting 3, the oldest 7.3 s');
  });
});

describe('waitsFor', () => {
  it.each([
    ['server', asked(1_000_000, 200, 100)],
    ['network', asked(900, 202_000, 100)],
    ['body', asked(900, 2000, 900_000)],
    // Retransmissions make a long body the fault of the network.
    ['network', asked(900, 2000, 900_000, 5)],
    ['both', asked(100_000, 100_000, 10)],
    ['first byte', exchangeAt(0, { side: 'unknown', serverUs: null })],
  ] as const)('names %s', (wait, exchange) => {
    const [host] = windowOf([exchange]).hosts;
    expect(host === undefined ? undefined : waitsFor(host)?.wait).toBe(wait);
  });

  it('is null without a complete exchange', () => {
    const [host] = windowOf([exchangeAt(0, { missing: 'gap', ttfbUs: null, serverUs: null })]).hosts;
    expect(host === undefined ? undefined : waitsFor(host)).toBeNull();
  });

  it('makes a sentence of a slow host', () => {
    const sentence = (exchange: HttpExchange): string | undefined =>
      linesOf(reportOf([exchange])).find((line) => line.startsWith('slow:'));
    expect(sentence(asked(1_000_000, 200, 100))).toBe(
      'slow: www.example.com waits for its server: server 1 s, round trip 200 µs, body 100 µs, 0 % of segments resent (p50)',
    );
    expect(sentence(asked(900, 202_000, 100, 2))).toBe(
      'slow: www.example.com waits for the network: server 900 µs, round trip 202 ms, body 100 µs, ' +
        '2 % of segments resent (p50)',
    );
    expect(sentence(asked(900, 2000, 100))).toBeUndefined();
  });

  it('keeps numbers and their units on one line', () => {
    const report = reportOf([asked(1_000_000, 200, 100)]);
    for (let width = 40; width < 120; width++) {
      const lines = linesOf(report, width);
      const sentence = lines.slice(lines.findIndex((line) => line.startsWith('slow:')));
      for (const line of sentence) expect(line, String(width)).not.toMatch(/^ *(?:ms|µs|s|%)\b|^ *%/);
    }
  });

  it('makes a sentence of a host that is slow at times', () => {
    const quick = Array.from({ length: 18 }, () => asked(1000, 1000, 0, 3));
    const lines = linesOf(reportOf([...quick, asked(1000, 230_000, 0, 3), asked(1000, 230_000, 0, 3)]));
    expect(lines.find((line) => line.startsWith('slow:'))).toBe(
      'slow: www.example.com is slow at times: one of 20 takes 231 ms or more, the median 2 ms; ' +
        'the network loses segments, 3 % resent',
    );
  });
});

describe('captureSentence', () => {
  it('says what was captured and missed', () => {
    expect(captureSentence(COUNTS)).toBe(
      'captured 1,234 packets, missed 0, gaps 0, unpaired 2 (1 without answer, 1 before start), ' +
        'unparsed 2 (2 http-length), TLS on these ports: 3 connections',
    );
  });
});
