import { describe, expect, it } from 'vitest';
import type { HttpCaptureJson, HttpJson } from '../../../live/wire/index.js';
import { aboutText, answersOf, codesText, missedText, splitOf } from '../../../web/http/host-figures.js';

const CAPTURE: HttpCaptureJson = {
  ...{ packets: 10, dropped: 0, freezes: 0, gaps: 1, unparsed: {}, unpaired: { start: 2, response: 3 } },
  notHttp: { tls: 1200, http2: 0 },
};
const times = (p50: number | null) => ({ p50, p95: null, p99: null });

describe('figures of a host', () => {
  it('count answers by class and by code', () => {
    const status = { '200': 4001, '204': 1, '404': 30 };
    expect([answersOf({ status }, '2'), answersOf({ status }, '5')]).toEqual([4002, null]);
    expect(codesText({ status })).toBe('200 × 4,001, 404 × 30, 204 × 1');
  });

  it('split a typical time into server and round trip', () => {
    const split = { serverUs: 250, networkUs: 750, serverShare: 0.25 };
    expect(splitOf({ serverUs: times(250), rttUs: times(750) })).toEqual(split);
    expect(splitOf({ serverUs: times(0), rttUs: times(0) })?.serverShare).toBe(0);
    expect(splitOf({ serverUs: times(null), rttUs: times(1) })).toBeUndefined();
    expect(splitOf({ serverUs: times(1), rttUs: times(null) })).toBeUndefined();
  });

  it('say what was seen and what was missed', () => {
    const http: HttpJson = {
      ...{ time: '', from: '2026-11-28T19:05:00.000Z', to: '2026-11-28T19:05:10.000Z', ports: ['80', '8080'] },
      ...{ requests: 4211, responses: 1, hostCount: 2, hosts: [], capture: CAPTURE },
    };
    expect(aboutText(http)).toBe('ports 80, 8080 · 421 requests/s in 10 s · 2 hosts, 2 not shown');
    expect(missedText(CAPTURE)).toEqual({
      text: 'missed since the start: packets 0, gaps 1, incomplete 5; not HTTP/1: tls 1,200',
      isBad: false,
    });
    expect(missedText({ ...CAPTURE, dropped: 3, notHttp: {} }).isBad).toBe(true);
  });
});
