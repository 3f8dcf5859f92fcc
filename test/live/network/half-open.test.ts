import { describe, expect, it } from 'vitest';
import { tcpHalfOpen } from '../../../collector/index.js';
import { HalfOpen } from '../../../live/network/index.js';
import { createLogger } from '../../../log/index.js';
import type { BoundedDumpRequest, DumpResult } from '../../../native/index.js';
import { TcpState } from '../../../tcp/index.js';
import { buildMessage } from '../../support/messages.js';
import { sample, testMetrics } from '../../support/metric.js';

function handshakes(ports: readonly number[]): DumpResult {
  const each = ports.map((sport) => buildMessage({ sport, state: TcpState.SYN_RECV }));
  const spans: number[] = [];
  let at = 0;
  for (const { length } of each) {
    spans.push(at, length);
    at += length;
  }
  return {
    data: Buffer.concat(each),
    messages: Uint32Array.from(spans),
    queryMethod: 0,
    startNs: 0n,
    endNs: 1n,
    isFull: false,
  };
}

function setUp(lengthMs = 0) {
  const metrics = testMetrics();
  const log: string[] = [];
  const clock = { ms: 0 };
  const requests: BoundedDumpRequest[] = [];
  const kernel: { answer: DumpResult | Error } = { answer: handshakes([]) };
  const dump = (request: BoundedDumpRequest): DumpResult => {
    requests.push(request);
    clock.ms += lengthMs;
    if (kernel.answer instanceof Error) throw kernel.answer;
    return kernel.answer;
  };
  const halfOpen = new HalfOpen({
    ...{ netlink: { dump }, request: tcpHalfOpen(), metrics, nowMs: () => clock.ms },
    log: createLogger({ write: (line) => log.push(line) }),
  });
  return { halfOpen, kernel, clock, requests, metrics, log };
}

describe('HalfOpen', () => {
  it('counts half-open connections by local port', () => {
    const { halfOpen, kernel } = setUp();
    kernel.answer = handshakes([443, 80, 443, 443]);
    expect(halfOpen.byPort()).toEqual(
      new Map([
        [443, 3],
        [80, 1],
      ]),
    );
  });

  it('queries at most once a second, however often it is called', () => {
    const { halfOpen, kernel, clock, requests } = setUp();
    halfOpen.byPort();
    kernel.answer = handshakes([80]);
    clock.ms = 999;
    expect(halfOpen.byPort()?.size).toBe(0);
    clock.ms = 1000;
    expect(halfOpen.byPort()?.size).toBe(1);
    expect(requests).toHaveLength(2);
  });

  it('uses at most a hundredth of the time, and bounds the answer', () => {
    const { halfOpen, clock, requests } = setUp(70);
    halfOpen.byPort();
    expect(requests[0]?.maxBytes).toBeLessThanOrEqual(2 ** 23);
    clock.ms = 70 + 6999;
    halfOpen.byPort();
    expect(requests).toHaveLength(1);
    clock.ms++;
    halfOpen.byPort();
    expect(requests).toHaveLength(2);
  });

  it('reports nothing while the kernel does not answer, and counts and logs that', async () => {
    const { halfOpen, kernel, clock, metrics, log } = setUp();
    kernel.answer = Object.assign(new Error('refused'), { code: 'ERR_REFUSED', errno: 1, syscall: 'NLMSG_ERROR' });
    expect(halfOpen.byPort()).toBeUndefined();
    clock.ms = 20_000;
    kernel.answer = handshakes([80]);
    expect(halfOpen.byPort()?.get(80)).toBe(1);
    expect(await sample(metrics, 'tcpinfo_error_total', { type: 'half-open NLMSG_ERROR' })).toBe(1);
    expect(log.join('')).toContain('half-open connections cannot be counted');
    expect(log.join('')).toContain('half-open connections are counted again');
  });

  it('rethrows a bug of the program', () => {
    const { halfOpen, kernel } = setUp();
    kernel.answer = new TypeError('request must be an object');
    expect(() => halfOpen.byPort()).toThrow(TypeError);
  });
});
