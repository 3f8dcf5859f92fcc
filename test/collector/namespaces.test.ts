import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConnectionCache, type ConnectionObserver, Exclusions, StateSlots } from '../../cache/index.js';
import { Collector } from '../../collector/index.js';
import type { NamespaceTarget } from '../../host/index.js';
import { TrafficMeter } from '../../live/traffic/index.js';
import { createLogger } from '../../log/index.js';
import type { AnyBatch, Batch, DestroyedKeys, Poller, SourceOptions } from '../../native/index.js';
import type { Netns } from '../../parse/index.js';
import { buildMessage, tcpInfoBytes } from '../support/messages.js';
import { sample, testMetrics } from '../support/metric.js';
import { FakeNamespaces, systemError } from './fake-namespaces.js';

const NOON = 1_795_176_000_000_000_000n; // 2026-11-20T12:00:00Z
const NO_ENDS: DestroyedKeys = {
  data: new Uint8Array(),
  messages: new Uint32Array(),
  lastScans: new Uint32Array(),
  takenNs: 0n,
  overruns: 0,
  lost: 0,
  discarded: 0,
};

function scanOf(source: number, scan: number, messages: readonly Buffer[], more: Partial<Batch> = {}): Batch {
  const changed: number[] = [];
  let at = 0;
  for (const { length } of messages) {
    changed.push(at, length);
    at += length;
  }
  return {
    kind: 'scan',
    source,
    scan,
    destroyed: NO_ENDS,
    startNs: NOON,
    endNs: NOON + BigInt(scan) * 1_000_000n,
    durationNs: 1000,
    requestNs: [1000],
    intervalNs: scan === 1 ? 0 : 1e9,
    lateNs: 0,
    effectiveIntervalNs: 1e9,
    beatsMissed: 0,
    beatsHeld: 0,
    beatsSlowed: 0,
    beatsLimited: 0,
    pending: 0,
    queryMethod: 0,
    seen: messages.length,
    tally: Uint32Array.of(messages.length, 0),
    discarded: 0,
    unrelated: 0,
    data: Buffer.concat(messages),
    changed: Uint32Array.from(changed),
    gone: new BigUint64Array(),
    ...more,
  };
}

const flow = (cookie: bigint, sent = 0): Buffer =>
  buildMessage({ cookie, attributes: [{ type: 2, payload: tcpInfoBytes(sent, 0) }] });

/** A fake poll thread. Its sources are numbered from 1, and a number is never used twice. */
class FakePoller implements Poller {
  readonly sources = new Map<number, SourceOptions>();
  readonly removed: number[] = [];
  refusal: Error | undefined;
  #added = 0;
  start = (): void => undefined;
  async stop(): Promise<void> {
    return undefined;
  }
  latest(): undefined {
    return undefined;
  }
  size(): number {
    return 0;
  }
  listening(): { receiveBufferBytes: number } {
    return { receiveBufferBytes: 1 };
  }
  setStride = (): void => undefined;
  setFilters = (): void => undefined;
  addSource(source: SourceOptions): number {
    if (this.refusal !== undefined) throw this.refusal;
    this.sources.set(++this.#added, source);
    return this.#added;
  }
  removeSource(source: number): void {
    this.sources.delete(source);
    this.removed.push(source);
  }
}

function setUp(targets: readonly NamespaceTarget[]) {
  const metrics = testMetrics();
  const log: string[] = [];
  const told: string[] = [];
  const recorder: ConnectionObserver = {
    opened: ({ uuid, netns }) => told.push(`opened ${uuid} ${netns?.name ?? 'own'}`),
    changed: ({ uuid }) => told.push(`changed ${uuid}`),
    closed: ({ uuid }, { cause }) => told.push(`closed ${uuid} ${cause}`),
  };
  const traffic = new TrafficMeter(metrics, new StateSlots());
  const exclusions = new Exclusions({ srcPorts: [], dstAddressKeys: [] });
  const observers = [traffic, recorder];
  const cache = new ConnectionCache({ uuidPrefix: 'h', exclusions, observers });
  const poller = new FakePoller();
  const files = new FakeNamespaces();
  const left: Netns[] = [];
  let deliver: (batch: AnyBatch) => void = () => undefined;
  const collector = new Collector({
    intervalNs: 10e6,
    destroyEvents: 'auto',
    cache,
    namespaces: {
      targets,
      files,
      metrics,
      createCache: (netns) => new ConnectionCache({ uuidPrefix: `h${netns.inode}`, netns, exclusions, observers }),
      onLeft: (netns) => left.push(netns),
    },
    traffic,
    metrics,
    log: createLogger({ write: (line) => log.push(line) }),
    createPoller: (_, onBatch) => {
      deliver = onBatch;
      return poller;
    },
  });
  /** Lets the collector search for namespaces once more. */
  const look = async (): Promise<void> => {
    await vi.advanceTimersByTimeAsync(1000);
  };
  const removed = (source: number, gone: readonly bigint[] = []): void =>
    deliver({ kind: 'removed', source, pending: 0, destroyed: NO_ENDS, gone: BigUint64Array.from(gone) });
  return { collector, poller, files, metrics, log, told, left, look, removed, scan: (batch: Batch) => deliver(batch) };
}

const ALL: NamespaceTarget = { kind: 'all' };
const BLUE: NamespaceTarget = { kind: 'name', name: 'blue' };
const uuid = (prefix: string, cookie: number): string => `${prefix}_${cookie.toString(16).padStart(16, '0')}`;

describe('a collector of many network namespaces', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('keeps connections with the same cookie apart', async () => {
    const { collector, files, poller, scan, told, metrics } = setUp([BLUE]);
    files.files.set('/run/netns/blue', 7);
    await collector.prepare();
    collector.start();
    expect(poller.sources.get(1)).toMatchObject({ namespace: 101, intervalNs: 10e6, idleIntervalNs: 1e9 });
    scan(scanOf(0, 1, [flow(1n)]));
    scan(scanOf(1, 1, [flow(1n), flow(2n)]));
    scan(scanOf(1, 2, [], { gone: BigUint64Array.of(1n), tally: Uint32Array.of(1, 0) }));
    expect(told).toEqual([
      `opened ${uuid('h', 1)} own`,
      `opened ${uuid('h7', 1)} blue`,
      `opened ${uuid('h7', 2)} blue`,
      `closed ${uuid('h7', 1)} vanished`,
    ]);
    expect([...collector.connections()].map((each) => each.uuid)).toEqual([uuid('h', 1), uuid('h7', 2)]);
    expect(await sample(metrics, 'tcpinfo_connections')).toBe(2);
    expect(await sample(metrics, 'tcpinfo_scan_sockets', { family: 'ipv4' })).toBe(2);
    expect(await sample(metrics, 'tcpinfo_namespaces')).toBe(2);
    // Metrics with the reference's names, and the beat, cover the own namespace only.
    expect(await sample(metrics, 'tcpinfo_polling_interval_histogram_count')).toBe(0);
    expect(await sample(metrics, 'tcpinfo_connection_count_histogram_count', { af: 'ipv4' })).toBe(1);
  });

  it('excludes what connections had moved before it first scanned their namespace', async () => {
    const { collector, files, scan, metrics } = setUp([BLUE]);
    files.files.set('/run/netns/blue', 7);
    await collector.prepare();
    collector.start();
    scan(scanOf(0, 1, [flow(1n, 1000)]));
    scan(scanOf(1, 1, [flow(1n, 1000)]));
    scan(scanOf(1, 2, [flow(1n, 1005), flow(2n, 20)]));
    expect(await sample(metrics, 'tcpinfo_sent_bytes_total')).toBe(25);
  });

  it('enters new namespaces, leaves removed ones, and ends their connections', async () => {
    const { collector, files, poller, look, removed, scan, told, left, metrics } = setUp([ALL]);
    await collector.prepare();
    collector.start();
    expect(poller.sources.size).toBe(0);
    files.files.set('/run/netns/blue', 7);
    await look();
    expect([...poller.sources.keys()]).toEqual([1]);
    scan(scanOf(1, 1, [flow(1n), flow(2n)]));

    files.files.delete('/run/netns/blue');
    await look();
    expect(poller.removed).toEqual([1]);
    expect(files.openFiles.size).toBe(1);
    removed(1, [1n, 2n]);
    expect(told.slice(2)).toEqual([`closed ${uuid('h7', 1)} vanished`, `closed ${uuid('h7', 2)} vanished`]);
    expect(left).toEqual([{ inode: 7, name: 'blue' }]);
    expect(files.openFiles.size).toBe(0);
    for (const name of ['tcpinfo_connections', 'tcpinfo_destroy_events_awaited']) {
      expect(await sample(metrics, name), name).toBe(0);
    }
    expect(await sample(metrics, 'tcpinfo_scan_sockets', { family: 'ipv4' })).toBe(0);
    expect(await sample(metrics, 'tcpinfo_namespaces')).toBe(1);

    files.files.set('/run/netns/blue', 8);
    await look();
    expect([...poller.sources.keys()]).toEqual([2]);
  });

  it('counts a namespace that it may not enter, logs it once, and does not retry until it was gone', async () => {
    const { collector, files, poller, look, log, metrics } = setUp([ALL]);
    files.files.set('/run/netns/blue', 7);
    files.files.set('/run/netns/red', 8);
    poller.refusal = Object.assign(new Error('refused'), { code: 'ERR_NAMESPACE', errno: 1, syscall: 'setns' });
    await collector.prepare();
    collector.start();
    await look();
    await look();
    const failures = () => sample(metrics, 'tcpinfo_namespace_failures_total', { operation: 'enter' });
    expect(await failures()).toBe(2);
    expect(log.filter((line) => line.includes('cannot be entered'))).toEqual([
      expect.stringMatching(/netns=blue path=\/run\/netns\/blue op=setns code=EPERM/),
    ]);
    expect(files.openFiles.size).toBe(0);
    files.files.delete('/run/netns/red');
    await look();
    files.files.set('/run/netns/red', 8);
    await look();
    expect(await failures()).toBe(3);
    // A shortage of descriptors may pass, so it is tried again.
    files.files.set('/run/netns/green', 9);
    poller.refusal = Object.assign(new Error('refused'), { code: 'ERR_NAMESPACE', errno: 24, syscall: 'fcntl' });
    await look();
    await look();
    expect(await failures()).toBe(5);
    poller.refusal = undefined;
    await look();
    expect(poller.sources.size).toBe(1);
  });

  it('does not start without a namespace requested by name', async () => {
    const none = setUp([BLUE, ALL]);
    await expect(none.collector.prepare()).rejects.toThrow(/network namespace blue: not found/);
    const refused = setUp([BLUE, ALL]);
    refused.files.files.set('/run/netns/blue', 7);
    refused.poller.refusal = Object.assign(new Error('refused'), { code: 'ERR_NAMESPACE', errno: 1, syscall: 'setns' });
    await expect(refused.collector.prepare()).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_NAMESPACE', message: expect.stringMatching(/setns: .*CAP_SYS_ADMIN/) }),
    );
  });

  it('counts files that it may not access, logs them once, and continues', async () => {
    const { collector, files, look, log, metrics } = setUp([ALL]);
    files.files.set('/proc/9/ns/net', systemError('EACCES', 13, 'stat'));
    await collector.prepare();
    collector.start();
    await look();
    expect(await sample(metrics, 'tcpinfo_namespace_failures_total', { operation: 'look' })).toBe(1);
    files.files.set('/proc/10/ns/net', systemError('EACCES', 13, 'stat'));
    await look();
    expect(await sample(metrics, 'tcpinfo_namespace_failures_total', { operation: 'look' })).toBe(2);
    expect(log.filter((line) => line.includes('search for network namespaces is incomplete'))).toHaveLength(1);
  });

  it('ignores a namespace that was removed or replaced before it could be entered', async () => {
    const { collector, files, look, poller, metrics } = setUp([ALL]);
    await collector.prepare();
    collector.start();
    files.files.set('/run/netns/blue', 7);
    vi.spyOn(files, 'statOpen').mockReturnValueOnce({ dev: FakeNamespaces.dev, ino: 8 });
    await look();
    expect(poller.sources.size).toBe(0);
    vi.spyOn(files, 'open').mockImplementationOnce(() => {
      throw systemError('ENOENT', 2, 'open');
    });
    await look();
    expect(poller.sources.size).toBe(0);
    expect(files.openFiles.size).toBe(0);
    expect(await sample(metrics, 'tcpinfo_namespace_failures_total', { operation: 'enter' })).toBe(0);
    await look();
    expect(poller.sources.size).toBe(1);
  });

  it('ends all connections when it stops, and searches no longer', async () => {
    const { collector, files, look, poller, scan, told } = setUp([ALL]);
    files.files.set('/run/netns/blue', 7);
    await collector.prepare();
    collector.start();
    scan(scanOf(1, 1, [flow(1n)]));
    await collector.stop();
    expect(told.at(-1)).toBe(`closed ${uuid('h7', 1)} shutdown`);
    expect(files.openFiles.size).toBe(0);
    files.files.set('/run/netns/red', 8);
    await look();
    expect(poller.sources.size).toBe(1);
  });
});
