import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  type Connection,
  ConnectionCache,
  type ConnectionObserver,
  Exclusions,
  StateSlots,
} from '../../cache/index.js';
import {
  Collector,
  type CollectorOptions,
  kernelFilterBytes,
  queryMethodName,
  tcpConnections,
  tcpListeners,
} from '../../collector/index.js';
import { compileFilter, LOCAL_RULES } from '../../inetdiag/index.js';
import { Listeners } from '../../live/network/index.js';
import { TrafficMeter } from '../../live/traffic/index.js';
import { createLogger } from '../../log/index.js';
import type { AnyBatch, Batch, DestroyedKeys, Listening, Poller, PollerOptions } from '../../native/index.js';
import { buildMessage, tcpInfoBytes } from '../support/messages.js';
import { sample, testMetrics } from '../support/metric.js';

const END = 1_795_217_283_450_377_228n; // 2026-11-20T23:28:03.450377228Z
const SECOND = 1_000_000_000n;
const NO_ENDS: DestroyedKeys = {
  data: new Uint8Array(),
  messages: new Uint32Array(),
  lastScans: new Uint32Array(),
  takenNs: 0n,
  overruns: 0,
  lost: 0,
  discarded: 0,
};

/** A poll thread whose batches come from the test. */
class FakePoller implements Poller {
  started = false;
  stopped = false;
  lastBatch: (() => void) | undefined;
  refusal: Error | undefined;
  grant: Listening | undefined = { receiveBufferBytes: 64_000_000, forced: true };
  readonly strides: number[] = [];
  start(): void {
    if (this.refusal !== undefined) throw this.refusal;
    this.started = true;
  }
  listening(): Listening | undefined {
    return this.grant;
  }
  setStride(stride: number): void {
    this.strides.push(stride);
  }
  setFilters(): void {
    throw new Error('unexpected setFilters()');
  }
  addSource(): number {
    throw new Error('unexpected addSource()');
  }
  removeSource(): void {
    throw new Error('unexpected removeSource()');
  }
  async stop(): Promise<void> {
    this.lastBatch?.();
    this.stopped = true;
  }
  latest(): undefined {
    return undefined;
  }
  size(): number {
    return 0;
  }
}

function setUp(more: Partial<CollectorOptions> = {}) {
  const metrics = testMetrics();
  const log: string[] = [];
  const told: string[] = [];
  const scans: number[] = [];
  const recorder: ConnectionObserver = {
    opened: ({ cookie, startTime }: Connection) => told.push(`opened ${cookie} ${startTime}`),
    changed: ({ cookie, last }) => told.push(`changed ${cookie} ${last.timestamp}`),
    closed: ({ cookie }, { timestamp, cause }) => told.push(`closed ${cookie} ${timestamp} ${cause}`),
  };
  const traffic = new TrafficMeter(metrics, new StateSlots());
  const exclusions = new Exclusions({ srcPorts: [9090], dstAddressKeys: [] });
  const cache = new ConnectionCache({ uuidPrefix: 'h', exclusions, observers: [traffic, recorder] });
  const poller = new FakePoller();
  let options: PollerOptions | undefined;
  let deliver: (batch: AnyBatch) => void = () => undefined;
  const collector = new Collector({
    intervalNs: 10e6,
    destroyEvents: 'auto',
    cache,
    traffic,
    metrics,
    log: createLogger({ write: (line) => log.push(line) }),
    createPoller: (given, onBatch) => {
      options = given;
      deliver = onBatch;
      return poller;
    },
    onScan: (taken) => scans.push(taken.scan),
    ...more,
  });
  let scan = 0;
  const batch = (messages: Buffer[], gone: bigint[] = [], more: Partial<Batch> = {}) => {
    const data = Buffer.concat(messages.map((each) => Buffer.concat([each, Buffer.alloc(-each.length & 7)])));
    const changed: number[] = [];
    let at = 0;
    for (const message of messages) {
      changed.push(at, message.length);
      at += (message.length + 7) & ~7;
    }
    deliver({
      kind: 'scan',
      destroyed: NO_ENDS,
      source: 0,
      scan: ++scan,
      startNs: END - 1000n,
      endNs: END,
      durationNs: 2e6,
      requestNs: [2e6],
      intervalNs: scan === 1 ? 0 : 10e6,
      lateNs: 1000,
      beatsMissed: 0,
      beatsHeld: 0,
      beatsSlowed: 0,
      beatsLimited: 0,
      effectiveIntervalNs: 10_000_000,
      pending: 0,
      queryMethod: 0,
      seen: messages.length,
      tally: Uint32Array.of(3, 1),
      discarded: 0,
      unrelated: 0,
      data,
      changed: Uint32Array.from(changed),
      gone: BigUint64Array.from(gone),
      ...more,
    });
    // The poll thread reuses its buffer, so no one may keep it.
    data.fill(0xee);
  };
  return {
    batch,
    cache,
    collector,
    deliver: (given: AnyBatch) => deliver(given),
    log,
    metrics,
    options: () => options,
    poller,
    scans,
    told,
  };
}

const flow = (cookie: bigint, sent = 0, received = 0) =>
  buildMessage({ cookie, attributes: [{ type: 2, payload: tcpInfoBytes(sent, received) }] });

describe('Collector', () => {
  it('requests connections at the configured interval', () => {
    const { options } = setUp();
    expect(options()?.sources).toEqual([tcpConnections(10e6, 'auto')]);
  });

  it('scans listeners once a second on request, apart from the beat metrics', async () => {
    const metrics = testMetrics();
    const listeners = new Listeners(metrics, createLogger({ write: () => undefined }));
    const { batch, options, scans, told } = setUp({ listeners, metrics });
    expect(options()?.sources).toEqual([tcpConnections(10e6, 'auto'), tcpListeners(1e9)]);
    const listener = buildMessage({ cookie: 7n, sport: 443, dport: 0, state: 10 });
    batch([listener], [], { source: 1, beatsMissed: 5 });
    expect(listeners.figures()).toEqual({
      listeners: 1,
      ports: [{ port: '443', queued: 0, backlog: 0, fillRatio: 0 }],
    });
    expect({ scans, told }).toEqual({ scans: [], told: [] });
    expect(await sample(metrics, 'tcpinfo_scans_total', { result: 'complete' })).toBe(0);
    expect(await sample(metrics, 'tcpinfo_scan_beats_skipped_total', { reason: 'late' })).toBe(0);
    expect(await sample(metrics, 'tcpinfo_connections')).toBe(0);
  });

  it("publishes changes, then ends, with the time of the kernel's answer", () => {
    const { batch, told } = setUp();
    batch([flow(1n), flow(2n)]);
    batch([flow(2n, 5)], [1n], { endNs: END + SECOND });
    expect(told).toEqual([
      'opened 1 2026-11-20T23:28:03.450377228Z',
      'opened 2 2026-11-20T23:28:03.450377228Z',
      'changed 2 2026-11-20T23:28:04.450377228Z',
      'closed 1 2026-11-20T23:28:04.450377228Z vanished',
    ]);
  });

  it('copies the data of a batch', () => {
    const { batch, cache } = setUp();
    batch([flow(1n, 7, 9)]);
    const [connection] = cache.connections();
    expect(connection?.last.attributes?.[2]).toEqual(tcpInfoBytes(7, 9));
  });

  it('counts a malformed message, and processes the others', async () => {
    const { batch, told, metrics, log } = setUp();
    const bad = flow(1n);
    bad.writeUInt16LE(2, 88);
    batch([bad, flow(2n)]);
    batch([bad]);
    expect(told).toHaveLength(1);
    expect(await sample(metrics, 'tcpinfo_messages_discarded_total', { reason: 'malformed' })).toBe(2);
    expect(log.filter((line) => line.includes('discarded'))).toHaveLength(1);
  });

  it('ends no connection on a failed scan, and logs the start and end of the trouble once', async () => {
    const { batch, told, metrics, log } = setUp();
    batch([flow(1n)]);
    const failure = { code: 'ERR_DONE', errno: 16, op: 'NLMSG_DONE' };
    const now = vi.spyOn(performance, 'now').mockReturnValue(1000);
    onTestFinished(() => now.mockRestore());
    for (let i = 0; i < 3; i++) batch([], [], { failure });
    // One good scan does not end the trouble.
    batch([]);
    now.mockReturnValue(11_000);
    batch([]);
    expect(told).toEqual(['opened 1 2026-11-20T23:28:03.450377228Z']);
    expect(await sample(metrics, 'tcpinfo_scan_failures_total', { code: 'done' })).toBe(3);
    expect(await sample(metrics, 'tcpinfo_scans_total', { result: 'failed' })).toBe(3);
    expect(await sample(metrics, 'tcpinfo_scans_total', { result: 'complete' })).toBe(3);
    expect(log.map((line) => line.slice(0, 40))).toEqual([
      expect.stringContaining('level=error msg="scan failed'),
      expect.stringContaining('level=info msg="scans are complete again'),
    ]);
  });

  it('counts the statistics of each scan', async () => {
    const { batch, metrics } = setUp();
    batch([flow(1n), buildMessage({ cookie: 2n, sport: 9090 })], [], { beatsMissed: 2, beatsHeld: 3, unrelated: 1 });
    batch([], [], { requestNs: [5e6, 7e6], durationNs: 12e6 });
    expect(await sample(metrics, 'tcpinfo_scan_beats_skipped_total', { reason: 'late' })).toBe(2);
    expect(await sample(metrics, 'tcpinfo_scan_beats_skipped_total', { reason: 'backlog' })).toBe(3);
    expect(await sample(metrics, 'tcpinfo_messages_discarded_total', { reason: 'stray' })).toBe(1);
    expect(await sample(metrics, 'tcpinfo_connections')).toBe(1);
    expect(await sample(metrics, 'tcpinfo_connections_excluded')).toBe(1);
    expect(await sample(metrics, 'tcpinfo_changes_total', { reason: 'new' })).toBe(1);
    expect(await sample(metrics, 'tcpinfo_cache_count_histogram_sum')).toBe(2);
    expect(await sample(metrics, 'tcpinfo_polling_interval_histogram_count')).toBe(1);
    expect(await sample(metrics, 'tcpinfo_connection_count_histogram_sum', { af: 'ipv4' })).toBe(6);
    // One dump counts for both families. Of two dumps, the first is IPv6.
    expect(await sample(metrics, 'tcpinfo_syscall_time_histogram_sum', { af: 'ipv6' })).toBeCloseTo(0.007);
    expect(await sample(metrics, 'tcpinfo_syscall_time_histogram_sum', { af: 'ipv4' })).toBeCloseTo(0.009);
    expect(await sample(metrics, 'tcpinfo_scan_walks')).toBe(2);
  });

  it('counts merged quiet scans as if each had been reported separately', async () => {
    const [one, other] = [setUp(), setUp()];
    const started = { beatsMissed: 1, beatsHeld: 2, beatsSlowed: 3, beatsLimited: 4, effectiveIntervalNs: 2e7 };
    one.batch([flow(1n)]);
    other.batch([flow(1n)]);
    for (const [index, endNs] of [END + 1n, END + 2_000_000_000n].entries()) {
      const tally = Uint32Array.of(1 + index, 7);
      one.batch([], [], {
        ...started,
        endNs,
        durationNs: 3e6,
        seen: 8 + index,
        lateNs: index,
        tally,
        requestNs: [1e6, 4e6],
      });
    }
    const figures = (index: number) => [3e6, 10e6, index, 2e7, 1, 2, 3, 4, 8 + index, 1e6, 4e6];
    other.deliver({
      kind: 'quiet',
      source: 0,
      pending: 0,
      scan: 2,
      count: 2,
      queryMethod: 0,
      requests: 2,
      timesNs: BigUint64Array.of(END - 1000n, END + 1n, END - 1000n, END + 2_000_000_000n),
      figures: Float64Array.from([...figures(0), ...figures(1)]),
      tally: Uint32Array.of(1, 7, 2, 7),
    });
    expect(await other.metrics.registry.metrics()).toBe(await one.metrics.registry.metrics());
    expect(other.scans).toEqual([1, 2, 3]);
    expect(other.told).toEqual(one.told);
    expect(await sample(other.metrics, 'tcpinfo_scan_beats_skipped_total', { reason: 'budget' })).toBe(8);
    expect(await sample(other.metrics, 'tcpinfo_scan_effective_interval_seconds')).toBe(0.02);
  });

  it('merges scans and limits their CPU time when configured', () => {
    expect(setUp().options()).toMatchObject({ gatherNs: 0 });
    expect(setUp().options()).not.toHaveProperty('cpuBudget');
    expect(setUp({ gather: true, cpuBudget: 0.2 }).options()).toMatchObject({ gatherNs: 1e8, cpuBudget: 0.2 });
  });

  it('processes the last scan when it stops, and ends every connection', async () => {
    const { batch, collector, poller, told } = setUp();
    collector.start();
    expect(poller.started).toBe(true);
    batch([flow(1n), flow(2n)]);
    poller.lastBatch = () => batch([flow(3n)], [1n]);
    await collector.stop();
    expect(poller.stopped).toBe(true);
    expect(told.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'opened 1',
      'opened 2',
      'opened 3',
      'closed 1',
      'closed 2',
      'closed 3',
    ]);
  });
});

describe('TrafficMeter', () => {
  const rate = (metrics: ReturnType<typeof testMetrics>, direction: string) =>
    sample(metrics, `tcpinfo_${direction}_rate_histogram_sum`);

  it('observes once a second what connections moved, without what they moved before', async () => {
    const { batch, metrics } = setUp();
    batch([flow(1n, 1_000_000, 500)]);
    batch([flow(1n, 1_000_100, 600)], [], { endNs: END + SECOND / 10n });
    expect(await sample(metrics, 'tcpinfo_send_rate_histogram_count')).toBe(0);
    batch([flow(2n, 50, 0)], [], { endNs: END + SECOND });
    expect(await rate(metrics, 'send')).toBe(8 * 150);
    expect(await rate(metrics, 'receive')).toBe(8 * 100);
    expect(await sample(metrics, 'tcpinfo_send_rate_histogram_count')).toBe(1);
  });

  it('spreads the bytes after a gap over its seconds', async () => {
    const { batch, metrics } = setUp();
    batch([flow(1n)]);
    batch([flow(1n, 400)], [], { endNs: END + 4n * SECOND });
    expect(await rate(metrics, 'send')).toBe(3200);
    expect(await sample(metrics, 'tcpinfo_send_rate_histogram_count')).toBe(4);
  });

  it('never decreases when tcp_info is missing or comes back', async () => {
    const { batch, metrics } = setUp();
    batch([flow(1n)]);
    batch([flow(1n, 1000)]);
    batch([buildMessage({ cookie: 1n, state: 5 })]);
    batch([flow(1n, 1000)], [], { endNs: END + SECOND });
    expect(await rate(metrics, 'send')).toBe(8000);
    batch([], [], { endNs: END + 2n * SECOND });
    expect(await rate(metrics, 'send')).toBe(8000);
  });

  it('counts what a connection moved in its last beat', async () => {
    const { batch, metrics } = setUp();
    batch([flow(1n)]);
    batch([flow(1n, 300)]);
    batch([], [1n], { endNs: END + SECOND });
    expect(await rate(metrics, 'send')).toBe(2400);
  });

  it('accepts a clock that is set back', async () => {
    const { batch, metrics } = setUp();
    batch([flow(1n)]);
    batch([flow(1n, 100)], [], { endNs: END - 100n * SECOND });
    batch([], [], { endNs: END - 99n * SECOND });
    expect(await rate(metrics, 'send')).toBe(800);
  });
});

describe('the kernel’s filter', () => {
  const filter = compileFilter(LOCAL_RULES);
  const bytes = filter.bytecode.length;

  it('is tried first, then each query method without it', () => {
    const { options } = setUp({ filter });
    const [source] = options()?.sources ?? [];
    expect(source?.queryMethods.map((way) => way.map((request) => request.length))).toEqual([
      [76 + 4 + bytes],
      [72 + 4 + bytes, 72 + 4 + bytes],
      [76],
      [72, 72],
    ]);
    expect(source?.destroyEvents?.filter).toBe(filter.events);
    expect(source?.destroyEvents?.fallbackFilter).toEqual(tcpConnections(10e6, 'auto').destroyEvents?.filter);
    expect([0, 1, 2, 3].map((way) => kernelFilterBytes(way, filter))).toEqual([bytes, bytes, 0, 0]);
    expect([0, 1, 2, 3].map(queryMethodName)).toEqual(
      Array(2)
        .fill([queryMethodName(0), queryMethodName(1)])
        .flat(),
    );
    expect(tcpConnections(10e6, 'auto').queryMethods).toHaveLength(2);
    expect(kernelFilterBytes(0, undefined)).toBe(0);
  });

  it('is reported as active when the kernel accepts it', async () => {
    const { batch, log, metrics } = setUp({ filter });
    batch([]);
    expect(await sample(metrics, 'tcpinfo_scan_kernel_filter_bytes')).toBe(bytes);
    expect(log).toEqual([]);
  });

  it('is replaced with one warning when the kernel rejects it, and exclusion still works', async () => {
    const { batch, cache, log, metrics } = setUp({ filter });
    const failure = { code: 'ERR_RECEIVE', errno: 105, op: 'recvmmsg' };
    batch([], [], { queryMethod: 0, failure });
    expect(log.filter((line) => line.includes('rejected'))).toEqual([]);
    for (let i = 0; i < 3; i++) batch([buildMessage({ src: Uint8Array.of(127, 0, 0, 1) })], [], { queryMethod: 2 });
    expect(log.filter((line) => line.includes('rejected'))).toEqual([
      expect.stringContaining(`level=warn msg="kernel rejected the scan filter; `),
    ]);
    expect(await sample(metrics, 'tcpinfo_scan_kernel_filter_bytes')).toBe(0);
    expect([cache.size, cache.excludedSize]).toEqual([0, 1]);
  });

  it('for events is replaced with one warning when the kernel rejects it', () => {
    const { collector, log, poller } = setUp({ filter });
    poller.grant = { receiveBufferBytes: 1000, forced: true, fallbackFilter: true };
    collector.start();
    expect(log).toEqual([expect.stringContaining('level=warn msg="kernel rejected the destroy event filter')]);
  });
});
