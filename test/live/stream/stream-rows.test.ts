import { describe, expect, it } from 'vitest';
import { ConnectionCache, Exclusions, StateSlots } from '../../../cache/index.js';
import { CONNECTION_COLUMNS } from '../../../export/columns/index.js';
import { FrameBuffer } from '../../../live/stream/frame-buffer.js';
import { Losses } from '../../../live/stream/losses.js';
import { StreamRows } from '../../../live/stream/stream-rows.js';
import { createMetrics } from '../../../metrics/index.js';
import { decodeRecord, parseNetlinkMessage } from '../../../parse/index.js';
import type { TcpInfo } from '../../../tcp/index.js';
import { buildMessage, tcpInfoOf } from '../../support/messages.js';
import { sample } from '../../support/metric.js';

const START_MS = Date.parse('2026-11-21T00:00:00Z');
const ORIGIN = { cluster: 'a "quoted" one', node: 'n' };
const END = { timestamp: '2026-11-21T01:00:00Z', cause: 'event' } as const;

function setUp({ kinds = ['c', 'o', 's'], maxRows = 100 }: { kinds?: ('c' | 'o' | 's')[]; maxRows?: number } = {}) {
  let nowMs = 1_000_000;
  const lines: Record<string, unknown>[] = [];
  const snapshots: string[] = [];
  const metrics = createMetrics({ version: 'test', processMetrics: false, stream: true });
  if (metrics.stream === undefined) throw new Error('no metrics of the stream');
  const first: string[] = [];
  const losses = new Losses({
    origin: ORIGIN,
    metrics: metrics.stream,
    nowMs: () => nowMs,
    onFirst: (kind, reason) => first.push(`${kind} ${reason}`),
  });
  const slots = new StateSlots();
  const later: (() => void)[] = [];
  const rows = new StreamRows({
    ...{ origin: ORIGIN, kinds, maxRows, slots, losses },
    everyMs: 10_000,
    openEveryMs: 600_000,
    record: ({ last }) => last,
    sink: {
      line: (kind, text) => {
        expect(text.endsWith('}\n')).toBe(true);
        lines.push({ line: kind, ...(JSON.parse(text) as object) });
      },
      snapshot: (uuid) => snapshots.push(uuid),
    },
    nowMs: () => nowMs,
    later: (work) => later.push(work),
  });
  const cache = new ConnectionCache({
    uuidPrefix: 'h',
    exclusions: new Exclusions({ srcPorts: [], dstAddressKeys: [] }),
    observers: [rows],
    slots,
  });
  const update = (cookie: bigint, fields: Partial<TcpInfo> = {}): void => {
    const attributes = [{ type: 2, payload: tcpInfoOf(fields) }];
    const timestamp = new Date(START_MS + nowMs).toISOString();
    cache.update(parseNetlinkMessage(buildMessage({ cookie, attributes, sport: 443, dport: 50_000 }), timestamp));
  };
  const pass = (ms: number): void => {
    nowMs += ms;
    rows.tick();
  };
  return { cache, update, pass, lines, snapshots, losses, metrics, first, later };
}

describe('rows of the stream', () => {
  it('has a row of all columns for a connection that ended', () => {
    const { cache, update, pass, lines } = setUp();
    update(1n, { bytesSent: 100, rttUs: 2000 });
    pass(1000);
    update(1n, { bytesSent: 5000, rttUs: 4000 });
    cache.end(1n, END);
    expect(lines).toHaveLength(1);
    const [row = {}] = lines;
    expect(Object.keys(row)).toEqual([
      'line',
      'cluster',
      'node',
      'cause',
      ...CONNECTION_COLUMNS.map(({ name }) => name),
    ]);
    expect(row).toMatchObject({
      ...{ line: 'c', ...ORIGIN, cause: 'event', uuid: 'h_0000000000000001', idiag_sport: 443, snapshots: 2 },
      ...{ bytes_sent: 5000, max_rtt_us: 4000, duration_us: 1_000_000 },
    });
  });

  it('uses the state of an ended connection for another one', () => {
    const { cache, update, lines } = setUp();
    for (const bytesSent of [9000, 100]) {
      update(1n, { bytesSent });
      cache.end(1n, END);
    }
    expect(lines.map((row) => [row['bytes_sent'], row['snapshots']])).toEqual([
      [9000, 1],
      [100, 1],
    ]);
  });

  it('has a row of an open connection every ten minutes if it changed, in slices, and one at the shutdown', () => {
    const { cache, update, pass, lines, later } = setUp();
    for (let cookie = 1n; cookie <= 300n; cookie++) update(cookie);
    pass(599_000);
    expect(lines).toHaveLength(0);
    pass(1000);
    expect(lines).toHaveLength(128);
    while (later.length > 0) later.shift()?.();
    expect(lines).toHaveLength(300);
    expect(lines.every(({ line, cause, how_ended }) => line === 'o' && cause === null && how_ended === 'open')).toBe(
      true,
    );
    // Nothing changed since.
    pass(600_000);
    while (later.length > 0) later.shift()?.();
    update(7n, { bytesAcked: 1 });
    for (const cookie of [7n, 8n]) cache.end(cookie, { ...END, cause: 'shutdown' });
    expect(lines.slice(300).map(({ line, cause, uuid }) => [line, cause, uuid])).toEqual([
      ['o', 'shutdown', 'h_0000000000000007'],
    ]);
  });

  it('has a snapshot every ten seconds of connections that are older and change', () => {
    const { update, pass, snapshots } = setUp();
    update(1n);
    for (let second = 1; second <= 35; second++) {
      pass(1000);
      update(1n, { bytesAcked: second });
    }
    expect(snapshots).toHaveLength(3);
  });

  it('counts rows above the bound of a second, and says so a minute later', async () => {
    const { cache, update, pass, lines, losses, metrics, first } = setUp({ maxRows: 2 });
    for (let cookie = 1n; cookie <= 5n; cookie++) {
      update(cookie);
      cache.end(cookie, END);
    }
    pass(1000);
    update(6n);
    cache.end(6n, END);
    expect(lines).toHaveLength(3);
    expect(first).toEqual(['c rate']);
    expect(await sample(metrics, 'tcpinfo_stream_lost_rows_total', { kind: 'c', reason: 'rate' })).toBe(3);
    expect(losses.take(false)).toEqual([]);
    pass(59_000);
    const [line = ''] = losses.take(false);
    expect(line).toContain(`"since":${1_000_000}000000,"until":${1_000_000}000000}`);
    expect(JSON.parse(line)).toMatchObject({ ...ORIGIN, kind: 'c', reason: 'rate', rows: 3 });
    expect(losses.take(true)).toEqual([]);
  });

  it('writes the kinds that are wanted', () => {
    const { cache, update, pass, lines, snapshots } = setUp({ kinds: ['o'] });
    update(1n);
    pass(700_000);
    update(1n, { bytesSent: 5 });
    cache.end(1n, END);
    expect(lines.map(({ line }) => line)).toEqual(['o']);
    expect(snapshots).toEqual([]);
  });
});

describe('the content of a frame', () => {
  it('has lines and records with texts in front, and is full at 256 KiB', () => {
    const buffer = new FrameBuffer();
    const message = buildMessage({ cookie: 1n, attributes: [{ type: 2, payload: tcpInfoOf({}) }] });
    const record = parseNetlinkMessage(message, '2026-11-21T00:00:00Z');
    expect(buffer.line('{"é":1}\n', 5)).toBe(true);
    expect(buffer.record('{"UUID":"u"', record, 6)).toBe(true);
    expect([buffer.lines, buffer.beganMs, buffer.isFull]).toEqual([2, 5, false]);
    const [first, second, end] = buffer.take()?.content.toString().split('\n') ?? [];
    expect([first, end]).toEqual(['{"é":1}', '']);
    expect(JSON.parse(second ?? '')).toMatchObject({ UUID: 'u', Timestamp: '2026-11-21T00:00:00Z' });
    // A reader of archives takes the line for a record.
    const { timestamp, rawIdm, attributes } = decodeRecord(second ?? '');
    expect({ timestamp, rawIdm, attributes }).toEqual({
      timestamp: record.timestamp,
      rawIdm: Buffer.from(record.rawIdm ?? []),
      attributes: record.attributes?.map((each) => (each === null ? null : Buffer.from(each))),
    });
    expect(buffer.take()).toBeUndefined();
    while (!buffer.isFull) expect(buffer.record('{"UUID":"u"', record, 0)).toBe(true);
    expect(buffer.length).toBeLessThan(257 * 1024);
    expect(buffer.line('x'.repeat(200_000), 0)).toBe(false);
    expect(buffer.take()?.content.length).toBeGreaterThanOrEqual(256 * 1024);
  });
});
