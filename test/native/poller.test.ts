import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { Batch, PollerOptions, ScanFigures } from '../../native/index.js';
import { listen } from './connections.js';
import { Recorder, stopAfterTest, until } from './recorder.js';
import { AF_INET, AF_INET6, answer, bothFamilies, oneFamily, tcpSource } from './requests.js';

const HOUR_NS = 3_600_000_000_000;

function start(options: PollerOptions, onBatch?: (batch: Batch) => void): Recorder {
  const recorder = stopAfterTest(new Recorder(options, onBatch));
  recorder.poller.start();
  return recorder;
}

type Beat = Omit<ScanFigures, 'tally'>;

/** Expects that every beat since the first was scanned or counted, and none came early. */
function expectGrid(batches: readonly Beat[], intervalNs: number): void {
  let beats = 0;
  let startNs = batches[0]?.lateNs ?? 0;
  batches.slice(1).forEach((batch, index) => {
    const { intervalNs: apartNs, lateNs, beatsMissed, beatsHeld, beatsSlowed, beatsLimited } = batch;
    expect(apartNs - lateNs + (batches[index]?.lateNs ?? 0)).toBeGreaterThanOrEqual(intervalNs);
    startNs += apartNs;
    beats += 1 + beatsMissed + beatsHeld + beatsSlowed + beatsLimited;
    expect(Math.floor((startNs - lateNs) / intervalNs)).toBe(beats);
  });
}

describe('a poller', () => {
  it('reports a connection when it appears, changes and ends', async () => {
    const server = await listen();
    const recorder = start({ sources: [tcpSource()] });
    const { client, port } = await server.open();
    await until(() => recorder.changes(port).length > 0, 'the connection appears');
    const seen = recorder.changes(port).length;
    const key = recorder.changes(port)[0]?.key ?? 0n;

    client.write(Buffer.alloc(10_000));
    await until(() => recorder.changes(port).length > seen, 'traffic is a change');
    expect(recorder.changes(port).every((each) => each.key === key)).toBe(true);
    expect(recorder.gone(key)).toBe(false);

    client.resetAndDestroy();
    await until(() => recorder.gone(key), 'the connection is gone');
    expect(recorder.poller.latest(0, key)).toBeUndefined();
    expect(recorder.batches.filter((batch) => batch.gone.includes(key))).toHaveLength(1);
  });

  it('keeps the latest bytes of an unchanged connection', async () => {
    const server = await listen();
    const { port } = await server.open();
    const recorder = start({ sources: [tcpSource()] });
    await until(() => recorder.changes(port).length > 0, 'the connection appears');
    const key = recorder.changes(port)[0]?.key ?? 0n;
    const first = recorder.poller.latest(0, key) ?? new Uint8Array();
    expect(answer(first)).toMatchObject({ sport: port, dport: server.port, key });
    // tcpi_last_data_recv and similar fields grow, and are not in the mask.
    await until(() => {
      const latest = recorder.poller.latest(0, key);
      const reported = recorder.changes(port).at(-1)?.bytes ?? first;
      return latest !== undefined && !Buffer.from(latest).equals(reported);
    }, 'bytes that were never reported');
    expect(recorder.poller.size(0)).toBeGreaterThanOrEqual(2);
  });

  it('numbers and times its scans', async () => {
    const recorder = start({ sources: [tcpSource({ tally: { offset: 0, values: [AF_INET, AF_INET6] } })] });
    await until(() => recorder.batches.length >= 20, 'there are 20 batches');
    const { batches } = recorder;
    expect(batches.map((batch) => batch.scan)).toEqual(batches.map((_, index) => index + 1));
    expect(batches[0]?.intervalNs).toBe(0);
    expectGrid(batches, 5_000_000);
    for (const batch of batches) {
      expect(batch.failure).toBeUndefined();
      expect(batch.endNs).toBeGreaterThan(batch.startNs);
      expect(batch.requestNs).toHaveLength(1);
      expect(batch.requestNs[0]).toBeGreaterThan(0);
      expect(batch.durationNs).toBeGreaterThanOrEqual(batch.requestNs[0] ?? 0);
      expect(batch.lateNs).toBeGreaterThanOrEqual(0);
      expect((batch.tally[0] ?? 0) + (batch.tally[1] ?? 0)).toBe(batch.seen);
      expect(batch.discarded).toBe(0);
      expect(batch.unrelated).toBe(0);
      for (const { bytes } of batch.changed) {
        expect(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)).toBe(bytes.length);
      }
    }
  });

  it('sees the same sockets with either query method', async () => {
    const servers = [await listen('127.0.0.1'), await listen('::1')];
    const ports: number[] = [];
    for (const server of servers) for (let i = 0; i < 10; i++) ports.push((await server.open()).port);
    const recorder = start({
      sources: [tcpSource(), tcpSource({ queryMethods: [[oneFamily(AF_INET6), oneFamily(AF_INET)]] })],
    });
    for (const source of [0, 1]) {
      await until(
        () => ports.every((port) => recorder.changes(port, source).length > 0),
        `source ${source} has every connection`,
      );
    }
    for (const port of ports) expect(recorder.changes(port, 0)[0]?.key).toBe(recorder.changes(port, 1)[0]?.key);
    expect(recorder.of(1)[0]?.requestNs).toHaveLength(2);
  });

  it('changes to the next query method for good when one is refused', async () => {
    const recorder = start({ sources: [tcpSource({ queryMethods: [[bothFamilies(99)], [bothFamilies()]] })] });
    await until(() => recorder.batches.length >= 3, 'there are batches');
    expect(recorder.batches.every((batch) => batch.queryMethod === 1 && batch.failure === undefined)).toBe(true);
  });

  it('reports why a scan failed, and continues', async () => {
    const recorder = start({
      sources: [tcpSource({ queryMethods: [[bothFamilies(99)]] }), tcpSource({ protocol: 31 }), tcpSource()],
    });
    await until(() => [0, 1, 2].every((source) => recorder.of(source).length >= 3), 'all have batches');
    const { EINVAL, EPROTONOSUPPORT } = constants.errno;
    const failures = [0, 1, 2].map((source) => recorder.of(source)[2]?.failure);
    expect(failures).toEqual([
      { code: 'ERR_REFUSED', errno: EINVAL, op: 'NLMSG_ERROR' },
      { code: 'ERR_SOCKET', errno: EPROTONOSUPPORT, op: 'socket' },
      undefined,
    ]);
  });

  it('delivers quiet scans together, each with its statistics', async () => {
    const server = await listen();
    const tally = { offset: 0, values: [AF_INET, AF_INET6] };
    const recorder = start({ sources: [tcpSource({ intervalNs: 1_000_000, tally })], gatherNs: 50_000_000 });
    await until(() => recorder.quiet.some((scans) => scans.length > 1), 'several scans come together');
    const { port } = await server.open();
    await until(() => recorder.changes(port).length > 0, 'a change is told');
    await recorder.poller.stop();
    const quiet = recorder.quiet.flat();
    const all = [...recorder.batches, ...quiet].sort((a, b) => a.scan - b.scan);
    expect(all.map(({ scan }) => scan)).toEqual(all.map((_, index) => index + 1));
    for (const { endNs, startNs, durationNs, requestNs, effectiveIntervalNs } of all) {
      expect(endNs).toBeGreaterThan(startNs);
      expect(requestNs).toEqual([expect.any(Number)]);
      expect(durationNs).toBeGreaterThanOrEqual(requestNs[0] ?? Number.NaN);
      expect(effectiveIntervalNs).toBeGreaterThanOrEqual(1_000_000);
    }
    for (const { seen, tally } of quiet) expect(tally.reduce((sum, count) => sum + count, 0)).toBe(seen);
    for (const scans of recorder.quiet) expect(scans[0]?.pending).toBe((scans.at(-1)?.pending ?? 0) + scans.length - 1);
    expectGrid(all.slice(0, -1), 1_000_000);
  });

  it('delays scans with changes, but none with a new key', async () => {
    const server = await listen();
    const { client, port } = await server.open();
    const recorder = start({ sources: [tcpSource({ intervalNs: 5_000_000 })], gatherNs: 10_000_000_000 });
    await until(() => recorder.changes(port).length > 0, 'the first scan does not wait');
    const told = recorder.batches.length;
    const timer = setInterval(() => client.write('more'), 1);
    try {
      // Each contains the number of scans after it: JavaScript had not been woken for them.
      const waited = (): boolean =>
        recorder.batches.slice(told).some((each) => each.changed.length > 0 && each.pending > 3);
      await until(waited, 'changes of several scans come together');
      const other = await server.open();
      await until(() => recorder.changes(other.port).length > 0, 'a new key is told');
    } finally {
      clearInterval(timer);
    }
    await recorder.poller.stop();
    const all = [...recorder.batches, ...recorder.quiet.flat()].sort((a, b) => a.scan - b.scan);
    expect(all.map(({ scan }) => scan)).toEqual(all.map((_, index) => index + 1));
    // The order within a source is kept, whatever waited.
    expect(recorder.batches.map(({ scan }) => scan)).toEqual(
      all.filter((each) => 'changed' in each).map(({ scan }) => scan),
    );
  });

  it('stretches its intervals to keep a CPU budget, and continues to scan', async () => {
    // A thousandth of a millisecond is less than any dump takes.
    const recorder = start({ sources: [tcpSource({ intervalNs: 1_000_000 })], cpuBudget: 0.001 });
    await until(() => recorder.batches.some((batch) => batch.effectiveIntervalNs > 2_000_000), 'the interval grows');
    await until(() => recorder.batches.some((batch) => batch.beatsLimited > 0), 'beats are left out');
    const { length } = recorder.batches;
    await until(() => recorder.batches.length > length, 'scans go on');
    expectGrid(recorder.batches, 1_000_000);
  });

  it('holds back beats while JavaScript is busy, and counts them', async () => {
    const maxPendingBatches = 4;
    let blocked = false;
    const recorder = start({ sources: [tcpSource({ intervalNs: 10_000_000 })], maxPendingBatches }, () => {
      if (blocked) return;
      blocked = true;
      const end = Date.now() + 300;
      while (Date.now() < end);
    });
    await until(() => recorder.batches.some((batch) => batch.beatsHeld > 0), 'a batch reports held beats');
    await until(() => recorder.batches.at(-1)?.beatsHeld === 0, 'beats are scanned again');
    expectGrid(recorder.batches, 10_000_000);
    expect(Math.max(...recorder.batches.map((batch) => batch.pending))).toBeLessThanOrEqual(maxPendingBatches);
    const unscanned = recorder.batches.reduce((sum, batch) => sum + batch.beatsHeld + batch.beatsMissed, 0);
    expect(unscanned).toBeGreaterThan(10);
  });

  it('reports sockets that ended during held beats in a last scan', async () => {
    const server = await listen();
    const { port } = await server.open();
    const recorder = start({ sources: [tcpSource({ intervalNs: HOUR_NS })] });
    await until(() => recorder.batches.length === 1, 'the first scan is there');
    const key = recorder.changes(port)[0]?.key ?? 0n;
    const second = await server.open();
    server.clients[0]?.resetAndDestroy();
    await recorder.poller.stop();
    expect(recorder.batches).toHaveLength(2);
    expect(recorder.changes(second.port)).toHaveLength(1);
    expect(recorder.gone(key)).toBe(true);
  });

  it('can run beside another', async () => {
    const server = await listen();
    const { port } = await server.open();
    const both = [start({ sources: [tcpSource()] }), start({ sources: [tcpSource({ intervalNs: 2_000_000 })] })];
    await until(() => both.every((each) => each.batches.length > 10), 'both run');
    expect(both.every((each) => each.changes(port).length > 0)).toBe(true);
  });

  it('continues when a callback transfers its memory', async () => {
    const server = await listen();
    const ports: number[] = [];
    const recorder = start({ sources: [tcpSource()] }, (batch) => {
      structuredClone(batch.data, { transfer: [batch.data.buffer as ArrayBuffer] });
    });
    for (let i = 0; i < 5; i++) {
      const { port } = await server.open();
      ports.push(port);
      await until(() => recorder.changes(port).length > 0, 'the connection appears');
    }
    expect(ports).toHaveLength(5);
  });
});

describe('start and stop of a poller', () => {
  it('start once', () => {
    const recorder = start({ sources: [tcpSource()] });
    expect(() => recorder.poller.start()).toThrow(expect.objectContaining({ code: 'ERR_STATE' }));
  });

  it('stop at once if never started, and prevent a later start', async () => {
    const { poller } = new Recorder({ sources: [tcpSource()] });
    await expect(poller.stop()).resolves.toBeUndefined();
    expect(() => poller.start()).toThrow(expect.objectContaining({ code: 'ERR_STATE' }));
  });

  it('stop once, for every caller', async () => {
    const recorder = start({ sources: [tcpSource()] });
    const stopped = recorder.poller.stop();
    expect(recorder.poller.stop()).toBe(stopped);
    await stopped;
    expect(recorder.poller.stop()).toBe(stopped);
    const { length } = recorder.batches;
    const other = start({ sources: [tcpSource()] });
    await until(() => other.batches.length >= 10, 'another poller has had ten beats');
    expect(recorder.batches).toHaveLength(length);
    expect(recorder.poller.size(0)).toBe(recorder.batches.at(-1)?.seen);
  });

  it('allow stop within a callback', async () => {
    let stopped: Promise<void> | undefined;
    const recorder = start({ sources: [tcpSource()] }, () => {
      stopped ??= recorder.poller.stop();
    });
    await until(() => stopped !== undefined, 'there is a batch');
    await stopped;
    expect(recorder.batches.length).toBeGreaterThanOrEqual(2);
  });

  it('deliver every batch before stop resolves', async () => {
    const recorder = start({ sources: [tcpSource({ intervalNs: 1_000_000 })], maxPendingBatches: 2 });
    const end = Date.now() + 30;
    while (Date.now() < end);
    await recorder.poller.stop();
    const scans = recorder.batches.map((batch) => batch.scan);
    expect(scans).toEqual(scans.map((_, index) => index + 1));
    expect(recorder.batches.at(-1)?.pending).toBe(0);
  });
});
