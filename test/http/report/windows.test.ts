import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countedExchange, type HttpExchange } from '../../../http/index.js';
import {
  HttpWindow,
  HttpWindows,
  hostGroupJson,
  MAX_HOSTS,
  MAX_SECTIONS,
  SegmentGrowth,
} from '../../../http/report/index.js';
import { connectionOf, exchangeAt, START_US } from '../../support/http-exchanges.js';

const SPAN_US = 10_000_000;

interface Collected {
  readonly windows: HttpWindows;
  readonly done: HttpWindow[];
}

function collect(): Collected {
  const done: HttpWindow[] = [];
  const windows = new HttpWindows({ spanUs: SPAN_US, fromUs: START_US, onWindow: (window) => done.push(window) });
  return { windows, done };
}

function oneWindow(exchanges: readonly HttpExchange[]): HttpWindow {
  const { windows, done } = collect();
  for (const exchange of exchanges) windows.add(exchange);
  windows.finish(START_US + SPAN_US);
  const [window] = done;
  if (window === undefined) throw new Error('no window');
  return window;
}

describe('HttpWindows', () => {
  it('counts a request where it begins, and its answer with it, though it comes in the next window', () => {
    const { windows, done } = collect();
    windows.advance(START_US + SPAN_US + 5, START_US + SPAN_US - 1);
    expect(done).toEqual([]);
    windows.add(exchangeAt(SPAN_US - 1));
    windows.advance(START_US + SPAN_US + 10);
    expect(done.map(({ requests, responses, late }) => ({ requests, responses, late }))).toEqual([
      { requests: 1, responses: 1, late: 0 },
    ]);
    windows.finish(START_US + SPAN_US + 10);
    expect(done[1]).toMatchObject({ requests: 0, fromUs: START_US + SPAN_US, toUs: START_US + SPAN_US + 10 });
  });

  it('is complete at once when no request waits for its answer', () => {
    const { windows, done } = collect();
    windows.add(exchangeAt(0));
    windows.advance(START_US + SPAN_US - 1);
    expect(done).toHaveLength(0);
    windows.advance(START_US + SPAN_US, START_US + SPAN_US);
    expect(done).toHaveLength(1);
  });

  it('is complete when the next window has ended; a later answer counts then, as late', () => {
    const { windows, done } = collect();
    windows.advance(START_US + 2 * SPAN_US, START_US + 1);
    expect(done).toHaveLength(1);
    windows.add(exchangeAt(1));
    windows.finish(START_US + 3 * SPAN_US);
    expect(done.map(({ requests, late }) => [requests, late])).toEqual([
      [0, 0],
      [0, 0],
      [1, 1],
    ]);
  });

  it('begins with the first exchange if no begin is given', () => {
    const done: HttpWindow[] = [];
    const windows = new HttpWindows({ spanUs: Number.POSITIVE_INFINITY, onWindow: (window) => done.push(window) });
    windows.add(exchangeAt(500));
    windows.add(exchangeAt(7_000_000_000));
    windows.finish(START_US + 8_000_000_000);
    expect(done).toHaveLength(1);
    expect(done[0]).toMatchObject({ fromUs: START_US + 500, toUs: START_US + 8_000_000_000, requests: 2 });
  });

  it('leaves out windows without an exchange if asked to, also those of days', () => {
    const done: HttpWindow[] = [];
    const windows = new HttpWindows({ spanUs: 1000, skipsEmpty: true, onWindow: (window) => done.push(window) });
    const days = 5 * 86_400_000_000;
    windows.add(exchangeAt(0));
    windows.add(exchangeAt(days + 1500));
    windows.finish(START_US + days + 1600);
    expect(done.map(({ fromUs, toUs, requests }) => [fromUs - START_US, toUs - START_US, requests])).toEqual([
      [0, 1000, 1],
      [days + 1000, days + 1600, 1],
    ]);
  });

  it('reports one empty window when nothing passed', () => {
    const done: HttpWindow[] = [];
    const windows = new HttpWindows({ spanUs: 1000, skipsEmpty: true, onWindow: (window) => done.push(window) });
    windows.finish(START_US);
    expect(done.map(({ fromUs, toUs, isEmpty }) => ({ fromUs, toUs, isEmpty }))).toEqual([
      { fromUs: START_US, toUs: START_US, isEmpty: true },
    ]);
  });

  it('counts each exchange once, whatever the times', () => {
    const times = fc.array(
      fc.record({ at: fc.integer({ min: 0, max: 20 * SPAN_US }), took: fc.integer({ min: 0, max: 3 * SPAN_US }) }),
    );
    fc.assert(
      fc.property(times, (all) => {
        const { windows, done } = collect();
        const byEnd = all.toSorted((a, b) => a.at + a.took - b.at - b.took);
        for (const [i, { at, took }] of byEnd.entries()) {
          const open = Math.min(...byEnd.slice(i).map((each) => each.at));
          windows.advance(START_US + at + took, START_US + open);
          windows.add(exchangeAt(at));
        }
        windows.finish(START_US + 30 * SPAN_US);
        expect(done.reduce((sum, { requests }) => sum + requests, 0)).toBe(all.length);
        expect(done.every(({ fromUs }, i) => i === 0 || fromUs === done[i - 1]?.toUs)).toBe(true);
        for (const window of done) {
          const own = all.filter(({ at }) => at + START_US >= window.fromUs && at + START_US < window.toUs);
          // An answer that takes less than a window counts where its request begins.
          expect(window.requests - window.late).toBeGreaterThanOrEqual(own.filter(({ took }) => took < SPAN_US).length);
          expect(window.requests - window.late).toBeLessThanOrEqual(own.length);
        }
      }),
    );
  });
});

describe('HttpWindow', () => {
  it('groups by host and section, with methods and status codes', () => {
    const window = oneWindow([
      exchangeAt(0),
      exchangeAt(1, { method: 'POST', status: 503 }),
      exchangeAt(2, { path: '/cy', section: '/cy' }),
      exchangeAt(3, { host: 'api.example.com', status: null, missing: 'response', ttfbUs: null, responseBytes: null }),
    ]);
    expect(
      window.hosts.map(({ host, requests, responses, incomplete }) => ({ host, requests, responses, incomplete })),
    ).toEqual([
      { host: 'www.example.com', requests: 3, responses: 3, incomplete: 0 },
      { host: 'api.example.com', requests: 1, responses: 0, incomplete: 1 },
    ]);
    const [first] = window.hosts;
    expect(first?.status).toEqual(
      new Map([
        [200, 2],
        [503, 1],
      ]),
    );
    expect(first?.sections.map(({ section, methods }) => ({ section, methods: [...methods] }))).toEqual([
      {
        section: '/pages',
        methods: [
          ['GET', 1],
          ['POST', 1],
        ],
      },
      { section: '/cy', methods: [['GET', 1]] },
    ]);
    expect(first?.responseBytes).toBe(3 * 1120);
  });

  it('counts incomplete exchanges in totals, and not in times', () => {
    const window = oneWindow([exchangeAt(0), exchangeAt(1, { missing: 'start', ttfbUs: 9_000_000 })]);
    expect(window.hosts[0]).toMatchObject({ requests: 2, incomplete: 1 });
    expect(window.hosts[0]?.ttfbUs.count).toBe(1);
    expect(window.hosts[0]?.sections[0]?.ttfbUs.count).toBe(1);
  });

  it('counts hosts beyond 1,000 and sections beyond 100 as one more', () => {
    const hosts = Array.from({ length: MAX_HOSTS + 7 }, (_, i) => exchangeAt(i, { host: `h${i}.example` }));
    const sections = Array.from({ length: MAX_SECTIONS + 5 }, (_, i) =>
      exchangeAt(i, { host: 'h0.example', section: `/${i}` }),
    );
    const window = oneWindow([...hosts, ...sections]);
    expect(window.hosts).toHaveLength(MAX_HOSTS + 1);
    expect(window.hosts.at(-1)).toMatchObject({ host: 'other', isRest: true, requests: 7 });
    expect(window.hosts[0]?.sections).toHaveLength(MAX_SECTIONS + 1);
    // The section of the first loop is one of the 100.
    expect(window.hosts[0]?.sections.at(-1)).toMatchObject({ section: 'other', isRest: true, requests: 6 });
    expect(window.requests).toBe(MAX_HOSTS + 7 + MAX_SECTIONS + 5);
  });

  it('is, merged, that of all exchanges', () => {
    const [all, merged] = [new HttpWindow(0, 2, new SegmentGrowth()), new HttpWindow(0, 2, new SegmentGrowth())];
    const growth = new SegmentGrowth();
    for (let part = 0; part < 2; part++) {
      const window = new HttpWindow(part, part + 1, growth);
      for (let i = 0; i < 1500; i++) {
        const exchange = countedExchange(
          exchangeAt(i, {
            ...{ host: `h${i % 1100}`, section: `/${i % 7}`, method: `M${i % 20}`, status: 200 + (i % 3) },
            ...{ ttfbUs: i, missing: i % 50 === 0 ? 'gap' : null, interface: `eth${i % 2}` },
            connection: connectionOf({ uuid: String(i % 5), segsOut: part * 1500 + i, totalRetrans: i % 2 }),
          }),
        );
        window.count(exchange);
        all.count(exchange);
      }
      merged.merge(window);
    }
    const shape = (window: HttpWindow) => ({
      ...{ requests: window.requests, responses: window.responses, interfaces: window.interfaces },
      hosts: window.hosts.map((host) => hostGroupJson(host, 100)),
    });
    expect(shape(merged)).toEqual(shape(all));
  });

  it('counts methods that a client makes up as other', () => {
    const window = oneWindow(Array.from({ length: 40 }, (_, i) => exchangeAt(i, { method: `M${i}` })));
    const methods = window.hosts[0]?.sections[0]?.methods;
    expect(methods?.size).toBe(17);
    expect(methods?.get('other')).toBe(24);
  });

  it('has the bytes of each interface by their direction at this machine', () => {
    const bytes = { requestBytes: { head: 100, body: 10 }, responseBytes: { head: 200, body: 20 } };
    const window = oneWindow([
      exchangeAt(0, bytes),
      exchangeAt(1, { ...bytes, side: 'client' }),
      exchangeAt(2, { ...bytes, side: 'local', interface: 'lo' }),
    ]);
    expect(window.interfaces).toEqual([
      { interface: 'eth0', requests: 2, responses: 2, inBytes: 330, outBytes: 330, throughBytes: 0 },
      { interface: 'lo', requests: 1, responses: 1, inBytes: 0, outBytes: 0, throughBytes: 330 },
    ]);
  });

  it('has the share of segments sent again, by the growth of each connection', () => {
    const at = (us: number, segsOut: number, totalRetrans: number): HttpExchange =>
      exchangeAt(us, { connection: connectionOf({ segsOut, totalRetrans }) });
    const { windows, done } = collect();
    windows.add(at(0, 90, 9));
    windows.add(at(1, 100, 10));
    windows.advance(START_US + SPAN_US);
    windows.add(at(SPAN_US, 200, 10));
    windows.advance(START_US + 2 * SPAN_US);
    windows.add(exchangeAt(2 * SPAN_US));
    windows.finish(START_US + 3 * SPAN_US);
    expect(done.map(({ hosts }) => hosts[0]?.retransmitRate)).toEqual([0.1, 0, null]);
  });
});
