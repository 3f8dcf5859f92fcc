import { describe, expect, it } from 'vitest';
import { type Capture, type CaptureStart, ExchangeCollector, groupsOfPorts } from '../../../collector/http/index.js';
import type { HttpCounts, HttpExchange } from '../../../http/index.js';
import { createLogger } from '../../../log/index.js';
import { createMetrics, renderMetrics } from '../../../metrics/index.js';
import type { Netns } from '../../../parse/index.js';
import { connectionOf, exchangeAt } from '../../support/http-exchanges.js';
import { sample } from '../../support/metric.js';

const GROUPS = [
  { text: '80', first: 80, last: 80 },
  { text: '8000-8010', first: 8000, last: 8010 },
  { text: '443', first: 443, last: 443 },
];
const PORTS = [
  { first: 80, last: 80 },
  { first: 8005, last: 8020 },
];

const counts = (more: Partial<HttpCounts> = {}): HttpCounts => ({
  packets: { read: 0, dropped: 0 },
  freezes: 0,
  gaps: 0,
  unpaired: { request: 0, response: 0, gap: 0, truncated: 0, start: 0, overload: 0 },
  unparsed: {},
  notHttp: { tls: 0, http2: 0, other: 0 },
  flows: 0,
  heldBytes: 0,
  ...more,
});

/** Capture whose exchanges and counts a test makes. */
class MadeCapture implements Capture {
  counts: HttpCounts = counts();
  isClosed = false;
  /** Exchanges that become known only at the end. */
  readonly last: HttpExchange[] = [];

  constructor(readonly how: CaptureStart) {}

  async close(): Promise<void> {
    await Promise.resolve();
    for (const exchange of this.last) this.how.onExchange(exchange);
    this.isClosed = true;
  }
}

function setUp(refuses: (start: CaptureStart) => boolean = () => false) {
  const metrics = createMetrics({
    ...{ version: '1', processMetrics: false },
    exchanges: { portGroups: groupsOfPorts(GROUPS, PORTS), hosts: ['www.example.com'] },
  });
  const captures: MadeCapture[] = [];
  const lines: string[] = [];
  const log: string[] = [];
  const seen: (string | undefined)[] = [];
  const collector = new ExchangeCollector({
    startCapture: async (start) => {
      if (refuses(start)) throw new Error('EPERM: operation not permitted');
      const capture = new MadeCapture(start);
      captures.push(capture);
      return capture;
    },
    ...(metrics.exchanges === undefined ? {} : { metrics: metrics.exchanges }),
    portGroups: GROUPS,
    shown: (exchange) => ({ ...exchange, client: '10.77.0.0:56578' }),
    archive: (line) => lines.push(line),
    onExchange: (_, netns) => seen.push(netns?.name),
    log: createLogger({ write: (line) => log.push(line) }),
  });
  const capture = (at = 0): MadeCapture => {
    const found = captures[at];
    if (found === undefined) throw new RangeError(`no capture ${at}`);
    return found;
  };
  return { collector, metrics, capture, captures, lines, log, seen };
}

const netns = (name: string, inode: number): Netns => ({ name, inode });

describe('port groups of metrics', () => {
  it('are those that a server may be in, and other if it may be in none', () => {
    expect(groupsOfPorts(GROUPS, PORTS)).toEqual(['80', '8000-8010', 'other']);
    expect(groupsOfPorts(GROUPS, [{ first: 8000, last: 8010 }])).toEqual(['8000-8010']);
    expect(groupsOfPorts([], PORTS)).toEqual(['other']);
  });
});

describe('an exchange', () => {
  it('is counted by port group, side, method and class of code, and with its times', async () => {
    const { collector, metrics, capture } = setUp();
    await collector.start();
    const { onExchange } = capture().how;
    onExchange(exchangeAt(0, { connection: connectionOf() }));
    onExchange(exchangeAt(1, { method: 'BREW', status: 418, server: '[::1]:8007', side: 'client' }));
    onExchange(exchangeAt(2, { method: null, status: 999, server: '10.0.0.1:8020', side: 'forwarded' }));
    onExchange(exchangeAt(3, { status: null, missing: 'response', ttfbUs: null, durationUs: null }));
    const requests = (labels: Readonly<Record<string, string>>) =>
      sample(metrics, 'tcpinfo_http_requests_total', labels);
    expect(await requests({ port_group: '80', side: 'server', method: 'GET' })).toBe(2);
    expect(await requests({ port_group: '8000-8010', side: 'client', method: 'other' })).toBe(1);
    expect(await requests({ port_group: 'other', side: 'forwarded', method: 'GET' })).toBe(0);
    const page = await renderMetrics(metrics.registry);
    expect(page).toContain('tcpinfo_http_responses_total{code="other",port_group="other",side="forwarded"} 1\n');
    expect(page).toContain('tcpinfo_http_responses_total{code="4xx",port_group="8000-8010",side="client"} 1\n');
    expect(page).toContain('tcpinfo_http_first_byte_seconds_count{port_group="80",side="server"} 1\n');
    expect(page).toContain('tcpinfo_http_first_byte_seconds_bucket{port_group="80",side="server",le="0.0025"} 1\n');
    expect(page).toContain('tcpinfo_http_body_bytes_total{direction="response"} 4096\n');
    expect(page).toContain('tcpinfo_http_joins_total{result="found"} 1\n');
    expect(page).toContain('tcpinfo_http_joins_total{result="none"} 3\n');
    expect(page).toContain('tcpinfo_http_host_requests_total{host="www.example.com",method="GET"} 2\n');
    await collector.stop();
  });

  it('of a host without a label of its own has none', async () => {
    const { collector, metrics, capture } = setUp();
    await collector.start();
    for (let n = 0; n < 1000; n++) capture().how.onExchange(exchangeAt(n, { host: `host-${n}` }));
    const page = await renderMetrics(metrics.registry);
    expect(page).not.toContain('host-');
    await collector.stop();
  });

  it('is archived as a line, with addresses as they may be archived', async () => {
    const { collector, capture, lines } = setUp();
    await collector.start();
    capture().how.onExchange(exchangeAt(0, { path: '/a\nb' }));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ client: '10.77.0.0:56578', path: '/a\nb', status: 200 });
    await collector.stop();
  });
});

describe('captures', () => {
  it('are one for each namespace, from its begin to its end, with what becomes known at the end', async () => {
    const { collector, capture, seen } = setUp();
    await collector.start();
    const [a, b] = [netns('a', 1), netns('b', 2)];
    collector.entered(a, 7);
    collector.entered(b, 8);
    await Promise.resolve();
    expect([capture(0), capture(1), capture(2)].map(({ how }) => how.namespace)).toEqual([undefined, 7, 8]);
    capture(1).how.onExchange(exchangeAt(0));
    capture(1).last.push(exchangeAt(1));
    collector.left(a);
    await collector.stop();
    expect([capture(0), capture(1), capture(2)].map(({ isClosed }) => isClosed)).toEqual([true, true, true]);
    expect(seen).toEqual(['a', 'a']);
  });

  it('keep their counts when they have ended', async () => {
    const { collector, metrics, capture } = setUp();
    await collector.start();
    const a = netns('a', 1);
    collector.entered(a, 7);
    await Promise.resolve();
    capture(0).counts = counts({ packets: { read: 10, dropped: 1 }, flows: 2, unparsed: { short: 1 } });
    capture(1).counts = counts({
      ...{ packets: { read: 5, dropped: 2 }, flows: 3, heldBytes: 9, gaps: 4, freezes: 5, evictedFlows: 6 },
      ...{ unparsed: { short: 1, version: 2 }, notHttp: { tls: 1, http2: 0, other: 0 } },
    });
    expect(await sample(metrics, 'tcpinfo_packet_flows')).toBe(5);
    collector.left(a);
    await collector.stop();
    expect(await sample(metrics, 'tcpinfo_packets_total', { result: 'read' })).toBe(15);
    expect(await sample(metrics, 'tcpinfo_packets_total', { result: 'dropped' })).toBe(3);
    expect(await sample(metrics, 'tcpinfo_http_unparsed_total', { reason: 'short' })).toBe(2);
    expect(await sample(metrics, 'tcpinfo_http_unparsed_total', { reason: 'version' })).toBe(2);
    expect(await sample(metrics, 'tcpinfo_http_not_http_total', { is: 'tls' })).toBe(1);
    expect(await sample(metrics, 'tcpinfo_packet_gaps_total')).toBe(4);
    expect(await sample(metrics, 'tcpinfo_packet_evicted_flows_total')).toBe(6);
    expect(await sample(metrics, 'tcpinfo_packet_flows')).toBe(0);
    expect(await sample(metrics, 'tcpinfo_packet_held_bytes')).toBe(0);
  });

  it('that a namespace does not allow are logged, and the others go on', async () => {
    const { collector, captures, log } = setUp(({ namespace }) => namespace === 7);
    await collector.start();
    collector.entered(netns('a', 1), 7);
    collector.entered(netns('b', 2), 8);
    await expect.poll(() => captures.length).toBe(2);
    expect(log.join('')).toMatch(/level=error msg="packets of a network namespace cannot be read.* netns=a /);
    collector.left(netns('a', 1));
    await collector.stop();
  });

  it('fail where the own namespace does not allow one', async () => {
    await expect(setUp(() => true).collector.start()).rejects.toThrow('EPERM');
  });

  it('log lost packets once', async () => {
    const { collector, capture, log } = setUp();
    await collector.start();
    capture().counts = counts({ packets: { read: 10, dropped: 3 } });
    await collector.stop();
    expect(log.filter((line) => line.includes('are being lost'))).toEqual([expect.stringContaining('lost=3')]);
  });
});
