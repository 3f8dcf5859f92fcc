import { describe, expect, it } from 'vitest';
import { Listeners } from '../../../live/network/index.js';
import { createLogger } from '../../../log/index.js';
import type { Batch, ScanFailure } from '../../../native/index.js';
import { TcpState } from '../../../tcp/index.js';
import { buildMessage } from '../../support/messages.js';
import { sample, testMetrics } from '../../support/metric.js';

const RQUEUE = 16 + 56;
const WQUEUE = 16 + 60;

function listener(cookie: bigint, port: number, queued = 0, backlog = 10): Buffer {
  const message = buildMessage({ cookie, sport: port, dport: 0, state: TcpState.LISTEN });
  message.writeUInt32LE(queued, RQUEUE);
  message.writeUInt32LE(backlog, WQUEUE);
  return message;
}

function setUp(halfOpen?: ReadonlyMap<number, number>) {
  const metrics = testMetrics();
  const log: string[] = [];
  const listeners = new Listeners(metrics, createLogger({ write: (line) => log.push(line) }), {
    byPort: () => halfOpen,
  });
  const take = (messages: readonly Buffer[], gone: readonly bigint[] = [], failure?: ScanFailure) => {
    const changed: number[] = [];
    let at = 0;
    for (const { length } of messages) {
      changed.push(at, length);
      at += length;
    }
    const batch: Partial<Batch> = {
      kind: 'scan',
      source: 1,
      data: Buffer.concat(messages),
      changed: Uint32Array.from(changed),
      gone: BigUint64Array.from(gone),
      ...(failure === undefined ? {} : { failure }),
    };
    // Listeners reads no other field of a scan.
    listeners.take(batch as Batch);
  };
  const port = (name: string) => listeners.figures()?.ports.find((each) => each.port === name);
  return { listeners, take, port, metrics, log };
}

describe('Listeners', () => {
  it('adds up the sockets of a port, and reports the fullest', () => {
    const { listeners, take, port } = setUp();
    take([listener(1n, 80, 3, 9), listener(2n, 80, 1, 1), listener(3n, 443, 0, 128)]);
    expect(listeners.figures()?.listeners).toBe(3);
    expect(port('80')).toEqual({ port: '80', queued: 4, backlog: 10, fillRatio: 0.5 });
    expect(port('443')).toEqual({ port: '443', queued: 0, backlog: 128, fillRatio: 0 });
    take([listener(2n, 80, 2, 1)]);
    expect(port('80')).toEqual({ port: '80', queued: 5, backlog: 10, fillRatio: 1 });
  });

  it('recognises the full queue of a listener with backlog 0', () => {
    const { take, port } = setUp();
    take([listener(1n, 80, 1, 0)]);
    expect(port('80')?.fillRatio).toBe(1);
  });

  it('drops a port with its last socket', () => {
    const { listeners, take, port } = setUp();
    take([listener(1n, 80), listener(2n, 80)]);
    take([], [1n]);
    expect(port('80')?.backlog).toBe(10);
    take([], [2n]);
    expect(listeners.figures()).toEqual({ listeners: 0, ports: [], halfOpen: undefined });
  });

  it('follows a socket that listens elsewhere', () => {
    const { take, port } = setUp();
    take([listener(1n, 80)]);
    take([listener(1n, 81)]);
    expect(port('80')).toBeUndefined();
    expect(port('81')?.backlog).toBe(10);
  });

  it('names the 128 lowest ports, adds up the others, and reuses free places', () => {
    const { listeners, take, port } = setUp();
    const ports = Array.from({ length: 200 }, (_, i) => 1200 - i);
    take(ports.map((each) => listener(BigInt(each), each, 1)));
    const named = listeners.figures()?.ports.map((each) => each.port) ?? [];
    expect(named).toHaveLength(129);
    expect(named).toContain('1128');
    expect(named).not.toContain('1129');
    expect(port('other')).toMatchObject({ queued: 72, backlog: 720 });
    // A lower port does not replace a named one.
    take([listener(1n, 80)]);
    expect(port('80')).toBeUndefined();
    take([], [1001n, 1002n]);
    expect(port('80')).toBeDefined();
    expect(port('1129')).toBeDefined();
    expect(port('other')?.queued).toBe(71);
  });

  it('reports nothing before the first scan and after scans failed for some time', async () => {
    const { listeners, take, metrics, log } = setUp();
    expect(listeners.figures()).toBeUndefined();
    take([listener(1n, 80)]);
    const failure = { code: 'ERR_DONE', errno: 16, op: 'NLMSG_DONE' };
    for (let i = 0; i < 4; i++) take([], [], failure);
    expect(listeners.figures()?.listeners).toBe(1);
    take([], [], failure);
    expect(listeners.figures()).toBeUndefined();
    take([]);
    expect(listeners.figures()?.listeners).toBe(1);
    expect(await sample(metrics, 'tcpinfo_error_total', { type: 'listeners NLMSG_DONE' })).toBe(5);
    expect(log.filter((line) => line.includes('scan of listening sockets failed'))).toHaveLength(1);
  });

  it('names ports of half-open connections like those of queues', () => {
    const halfOpen = new Map([
      [1000, 3],
      [1200, 4],
      [1201, 5],
      [7, 6],
    ]);
    const { listeners, take } = setUp(halfOpen);
    take(Array.from({ length: 200 }, (_, i) => listener(BigInt(i + 1), 1001 + i)));
    const counts = listeners.figures()?.halfOpen;
    expect(counts?.size).toBe(129);
    expect(counts?.get('1001')).toBe(0);
    // 1200 is among the others; there is no listener on 7, 1000 and 1201.
    expect(counts?.get('other')).toBe(4);
    halfOpen.set(1001, 9);
    expect(listeners.figures()?.halfOpen?.get('1001')).toBe(9);
  });

  it('counts a malformed message and continues', async () => {
    const { listeners, take, metrics } = setUp();
    take([listener(1n, 80).subarray(0, 40), listener(2n, 81)]);
    expect(listeners.figures()?.listeners).toBe(1);
    expect(await sample(metrics, 'tcpinfo_messages_discarded_total', { reason: 'malformed' })).toBe(1);
  });
});
