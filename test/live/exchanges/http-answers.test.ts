import { describe, expect, it } from 'vitest';
import { HttpAnswers, RecentExchanges } from '../../../live/exchanges/index.js';
import { createMetrics, type PacketFigures } from '../../../metrics/index.js';
import { connectionOf, exchangeAt, START_US } from '../../support/http-exchanges.js';
import { sample } from '../../support/metric.js';

const FIGURES: PacketFigures = {
  ...{ packets: { read: 10, dropped: 1 }, freezes: 0, gaps: 2, evictedFlows: 0 },
  ...{ unpaired: { start: 1 }, unparsed: {}, notHttp: { tls: 3 }, flows: 1, heldBytes: 0 },
};

function setUp() {
  let nowUs = START_US;
  const answers = new HttpAnswers({
    ports: [
      { first: 80, last: 80 },
      { first: 8000, last: 8010 },
    ],
    figures: () => FIGURES,
    nowUs: () => nowUs,
  });
  const pass = (us: number): void => {
    nowUs += us;
  };
  return { answers, pass };
}

describe('hosts', () => {
  it('are those of the last 10 seconds that were whole a second ago', () => {
    const { answers, pass } = setUp();
    answers.add(exchangeAt(1));
    answers.add(exchangeAt(2, { host: 'api.example.com', ttfbUs: 90, serverUs: 80, connection: connectionOf() }));
    answers.add(exchangeAt(3, { host: 'api.example.com', status: 503, ttfbUs: 100, serverUs: 85 }));
    pass(1e3);
    expect(answers.hosts(10)).toMatchObject({ from: '2026-11-28T19:05:02.000Z', requests: 3 });
    pass(9.499e6);
    answers.add(exchangeAt(9e6));
    expect(answers.hosts(10)).toMatchObject({ to: '2026-11-28T19:05:10.000Z', requests: 3 });
    pass(1.5e6);
    const answer = answers.hosts(10);
    expect(answer).toMatchObject({
      ...{ time: '2026-11-28T19:05:13.000Z', from: '2026-11-28T19:05:02.000Z', to: '2026-11-28T19:05:12.000Z' },
      ...{ ports: ['80', '8000-8010'], requests: 4, responses: 4, hostCount: 2 },
      capture: { packets: 10, dropped: 1, gaps: 2, notHttp: { tls: 3 } },
    });
    expect(answer.hosts.map(({ host, requests, status }) => ({ host, requests, status }))).toEqual([
      { host: 'www.example.com', requests: 2, status: { 200: 2 } },
      { host: 'api.example.com', requests: 2, status: { 200: 1, 503: 1 } },
    ]);
    expect(answer.hosts[1]).toMatchObject({
      ...{ ttfbUs: { p50: 90, p95: 100 }, serverUs: { p50: 80 }, rttUs: { p50: 41 }, retransmitRate: 0 },
      sections: [{ section: '/pages', requests: 2, methods: { GET: 2 } }],
    });
    pass(1e6);
    expect(answers.hosts(10)).toMatchObject({ from: '2026-11-28T19:05:03.000Z', requests: 1 });
    pass(9e6);
    expect(answers.hosts(10)).toMatchObject({ requests: 0, hosts: [] });
  });

  it('count an exchange whose answer is late where it began, or where it ended when that is too long ago', () => {
    const { answers, pass } = setUp();
    pass(8e6);
    answers.add(exchangeAt(0.5e6, { host: 'late' }));
    answers.add(exchangeAt(7e6));
    expect(answers.hosts(10)).toMatchObject({ to: '2026-11-28T19:05:09.000Z', requests: 1, hosts: [{ host: 'late' }] });
    pass(4e6);
    expect(answers.hosts(10)).toMatchObject({ requests: 1, hosts: [{ host: 'www.example.com' }] });
    answers.add(exchangeAt(0.5e6, { host: 'late' }));
    pass(2e6);
    expect(answers.hosts(10)).toMatchObject({ requests: 2, hostCount: 2 });
    // A clock that was set back.
    answers.add(exchangeAt(60e6, { host: 'future' }));
    pass(2e6);
    expect(answers.hosts(10)).toMatchObject({ requests: 3, hostCount: 3 });
  });

  it('are at most as many as asked for, with at most 20 sections', () => {
    const { answers, pass } = setUp();
    for (let n = 0; n < 50; n++) answers.add(exchangeAt(n, { host: `h${n % 5}`, section: `/${n}` }));
    pass(11e6);
    const { hosts, hostCount } = answers.hosts(2);
    expect({ hostCount, hosts: hosts.length }).toEqual({ hostCount: 5, hosts: 2 });
    for (let n = 0; n < 50; n++) answers.add(exchangeAt(12e6 + n, { section: `/${n}` }));
    pass(3e6);
    expect(answers.hosts(2).hosts[0]?.sections).toHaveLength(20);
  });
});

describe('the last exchanges of a connection', () => {
  const uuid = 'host_1_0000000000000001';

  it('are its own, at most 100, as lines of exchanges have them', () => {
    const { answers } = setUp();
    for (let n = 1; n <= 150; n++) answers.add(exchangeAt(n, { connection: connectionOf({ uuid }), position: n }));
    answers.add(exchangeAt(200));
    const found = answers.exchangesOf(uuid);
    expect(found.map(({ position }) => position)).toEqual(Array.from({ length: 100 }, (_, i) => i + 51));
    expect(found[0]).toMatchObject({
      uuid,
      rttUs: 41,
      host: 'www.example.com',
      responseBytes: { head: 96, body: 1024 },
    });
    expect(answers.exchangesOf('host_1_0000000000000002')).toEqual([]);
  });

  it('of the connection without a new one for longest are forgotten when there are too many, and counted', async () => {
    const metrics = createMetrics({
      ...{ version: '1', processMetrics: false },
      exchanges: { portGroups: ['other'], hosts: [] },
    });
    const recent = new RecentExchanges(metrics.exchanges, 10);
    const add = (id: string): void => recent.add(exchangeAt(0, { connection: connectionOf({ uuid: id }) }));
    for (const id of ['a', 'a', 'b', 'b', 'b', 'a', 'c', 'c', 'c', 'c']) add(id);
    expect(await sample(metrics, 'tcpinfo_http_exchanges_kept')).toBe(10);
    add('c');
    expect(['a', 'b', 'c'].map((id) => recent.of(id).length)).toEqual([3, 0, 5]);
    expect(await sample(metrics, 'tcpinfo_http_exchanges_forgotten_total')).toBe(3);
    expect(await sample(metrics, 'tcpinfo_http_exchanges_kept')).toBe(8);
  });
});
