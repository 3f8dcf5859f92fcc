import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Derived } from '../../../analysis/index.js';
import { TcpState } from '../../../tcp/index.js';
import { COUNTERS } from '../../../view/connection/timeline-cell.js';
import { Scene, uuidOf } from './scene.js';

const A = 0xan;
const B = 0xbn;

function derived(scene: Scene, cookie = A): Derived {
  const { now } = scene.row(cookie);
  if (now === null) throw new Error('a live row has no now');
  return now.derived;
}

describe('rates', () => {
  it('are over the last second, also after a quiet time', () => {
    const scene = new Scene();
    scene.seen(A);
    scene.second(20);
    scene.ms += 900;
    scene.seen(A, {
      info: {
        bytesSent: 5000,
        bytesAcked: 4000,
        bytesReceived: 300,
        bytesRetrans: 500,
        dataSegsOut: 5,
        totalRetrans: 1,
      },
    });
    scene.second();
    expect(derived(scene)).toMatchObject({
      sendThroughputBytesPerSec: 5000,
      goodputBytesPerSec: 4000,
      receiveThroughputBytesPerSec: 300,
      retransmitRateBytes: 0.1,
      retransmitRateSegments: 0.2,
    });
  });

  it('leave out the FIN of the peer, which the kernel counts as a byte', () => {
    const scene = new Scene();
    scene.seen(A);
    scene.second();
    scene.seen(A, { info: { bytesReceived: 300, dataSegsIn: 1 } });
    scene.second();
    expect(derived(scene).receiveThroughputBytesPerSec).toBe(300);
    scene.seen(A, { state: TcpState.CLOSE_WAIT, info: { bytesReceived: 301, dataSegsIn: 1 } });
    scene.second();
    expect(derived(scene).receiveThroughputBytesPerSec).toBe(0);
    // The counter itself is what the kernel has.
    expect(scene.row(A).total('bytesReceived')).toBe(301);
  });

  it('are 0 without a record, while gauges stay', () => {
    const scene = new Scene();
    scene.seen(A);
    scene.second();
    scene.seen(A, { info: { rttUs: 900, sndCwnd: 4, bytesSent: 5000, bytesAcked: 5000 } });
    scene.second();
    expect(derived(scene).sendThroughputBytesPerSec).toBe(5000);
    scene.second();
    expect(derived(scene)).toMatchObject({
      sendThroughputBytesPerSec: 0,
      goodputBytesPerSec: 0,
      receiveThroughputBytesPerSec: 0,
      retransmitRateBytes: null,
      retransmitRateSegments: null,
      busyShare: 0,
      exchanges: 0,
      cwndBytes: 4000,
    });
    expect(scene.row(A).now?.observation.rttUs).toBe(900);
  });

  it('count all that a connection moved which began while it was watched, and nothing of others', () => {
    const info = { bytesSent: 5010, bytesAcked: 5011, bytesReceived: 0 };
    const scene = new Scene();
    scene.seen(A, { info });
    scene.second();
    expect(derived(scene)).toMatchObject({ sendThroughputBytesPerSec: 5000, goodputBytesPerSec: 5000 });
    const late = new Scene({ isWatched: () => false });
    late.seen(A, { info });
    late.second();
    expect(derived(late)).toMatchObject({ sendThroughputBytesPerSec: 0, goodputBytesPerSec: 0 });
  });

  it('are over the true time when a second ends late', () => {
    const scene = new Scene();
    scene.seen(A);
    scene.second();
    scene.seen(A, { info: { bytesSent: 3000 } });
    scene.ms += 3000;
    scene.store.tick();
    scene.work();
    expect(derived(scene).sendThroughputBytesPerSec).toBe(1000);
  });

  it('go on over a counter that went back', () => {
    const scene = new Scene();
    scene.seen(A, { info: { bytesSent: 9000 } });
    scene.second();
    scene.seen(A, { info: { bytesSent: 100 } });
    scene.second();
    expect(derived(scene).sendThroughputBytesPerSec).toBe(0);
    scene.seen(A, { info: { bytesSent: 200 } });
    scene.second();
    expect(derived(scene).sendThroughputBytesPerSec).toBe(100);
    expect(scene.row(A).total('bytesSent')).toBe(9200);
  });

  it('are unknown where the kernel lacks the counter', () => {
    const scene = new Scene();
    // Linux 4.4: tcp_info ends after bytes_received and the segments.
    const infoBytes = 144;
    scene.seen(A, { infoBytes });
    scene.seen(A, { infoBytes, info: { bytesAcked: 1000, bytesReceived: 500 } });
    scene.second();
    expect(derived(scene)).toMatchObject({
      sendThroughputBytesPerSec: null,
      goodputBytesPerSec: Math.round(1000 / 1.002),
      receiveThroughputBytesPerSec: Math.round(500 / 1.002),
      retransmitRateBytes: null,
      retransmitRateSegments: null,
      busyShare: null,
      rwndLimitedShare: null,
      sndbufLimitedShare: null,
    });
    expect(scene.row(A).connection).toMatchObject({ bytesSent: null, bytesRetrans: null, bytesAcked: 1000 });
  });

  it('have shares of the busy time of at most 1', () => {
    const scene = new Scene();
    scene.seen(A);
    scene.second();
    scene.seen(A, { info: { busyTimeUs: 400_000, rwndLimitedUs: 300_000, sndbufLimitedUs: 50_000 } });
    scene.second();
    expect(derived(scene)).toMatchObject({ busyShare: 0.4, rwndLimitedShare: 0.3, sndbufLimitedShare: 0.05 });
    scene.seen(A, { info: { busyTimeUs: 9_400_000, rwndLimitedUs: 300_000, sndbufLimitedUs: 50_000 } });
    scene.second();
    expect(derived(scene)).toMatchObject({ busyShare: 1, rwndLimitedShare: 0, sndbufLimitedShare: 0 });
  });
});

describe('the limit', () => {
  const FULL = { unacked: 10, notsentBytes: 50_000 };

  it('is the one of most of the second, idle time aside', () => {
    const scene = new Scene({ hasLimits: true });
    scene.seen(A, { info: FULL });
    scene.ms = 300;
    scene.seen(A, { info: { ...FULL, bytesAcked: 1000, busyTimeUs: 300_000 } });
    scene.second();
    expect(derived(scene)).toMatchObject({ limitedBy: 'cwnd', limitedByEvidence: 'window' });
    expect(scene.row(A).connection).toMatchObject({ limitedBy: 'cwnd', limitedUs: { cwnd: 300_000 } });
    expect(scene.store.overview(1e9)[0]?.limitedUs).toEqual({ cwnd: 300_000 });
  });

  it('of data that still waits stays', () => {
    const scene = new Scene({ hasLimits: true });
    scene.seen(A, { info: FULL });
    scene.ms = 300;
    scene.seen(A, { info: { ...FULL, bytesAcked: 1000, busyTimeUs: 300_000, caState: 4, totalRetrans: 1 } });
    scene.second(5);
    expect(derived(scene).limitedBy).toBe('loss');
  });

  it('of a connection that stands is found from its last record', () => {
    const scene = new Scene();
    const zeroWindow = { sndWndBytes: 0, notsentBytes: 20_000 };
    scene.seen(1n, { info: zeroWindow, wqueue: 20_000 });
    scene.seen(2n, { rqueue: 4000 });
    scene.seen(3n);
    scene.seen(4n, { info: FULL, wqueue: 60_000 });
    scene.seen(5n, { info: null, state: 3 });
    scene.second(2);
    const limits = [1n, 2n, 3n, 4n, 5n].map((cookie) => derived(scene, cookie).limitedBy);
    expect(limits).toEqual(['rwnd', 'application', 'idle', 'cwnd', null]);
  });
});

describe('objects of a row', () => {
  it('hold the values of the row that was asked last', () => {
    const scene = new Scene();
    scene.seen(A, { info: { rttUs: 100, bytesSent: 1 } });
    scene.seen(B, { info: { rttUs: 200, bytesSent: 2 } });
    scene.second();
    const [a, b] = [scene.row(A), scene.row(B)];
    expect([a.now?.observation.rttUs, b.now?.observation.rttUs, a.now?.observation.rttUs]).toEqual([100, 200, 100]);
    expect([a, b, a].map(({ connection }) => connection.bytesSent)).toEqual([1, 2, 1]);
    expect([a, b, a].map((row) => row.now?.derived.cwndBytes)).toEqual([10_000, 10_000, 10_000]);
    // Also after a change of the one that is shown.
    scene.seen(A, { info: { rttUs: 300, bytesSent: 5, sndCwnd: 1 } });
    scene.second();
    expect([a.now?.observation.rttUs, a.now?.derived.cwndBytes, a.connection.bytesSent]).toEqual([300, 1000, 5]);
  });
});

describe('timelines and the overview', () => {
  it('have sums equal to the growth of the counters', async () => {
    const step = fc.record({
      row: fc.constantFrom(A, B),
      ms: fc.constantFrom(0, 100, 900, 1100, 4000),
      sent: fc.nat({ max: 100_000 }),
      received: fc.nat({ max: 100_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.constantFrom(1, 3e6, 7e6, 6e7), async (steps, widthUs) => {
        const scene = new Scene();
        const counters = new Map([A, B].map((cookie) => [cookie, { bytesSent: 0, bytesReceived: 0, segsOut: 0 }]));
        for (const cookie of [A, B]) scene.seen(cookie, { info: { bytesAcked: 1 } });
        let nextMs = 1002;
        for (const { row, ms, sent, received } of steps) {
          const untilMs = scene.ms + ms;
          for (; nextMs <= untilMs; nextMs += 1000) {
            scene.ms = nextMs;
            scene.store.tick();
            scene.work();
          }
          scene.ms = untilMs;
          const info = counters.get(row);
          if (info === undefined) throw new Error('unknown row');
          info.bytesSent += sent;
          info.bytesReceived += received;
          info.segsOut++;
          scene.seen(row, { info: { ...info, bytesAcked: 1 + info.bytesSent, totalRetrans: info.segsOut } });
        }
        scene.second(2);
        let [sentBytes, receivedBytes] = [0, 0];
        for (const [cookie, info] of counters) {
          sentBytes += info.bytesSent;
          receivedBytes += info.bytesReceived;
          const row = scene.row(cookie);
          const { cells, cellUs, spanUs, startUs } = await scene.store.timeline(row, { widthUs });
          const sums = COUNTERS.map((counter) =>
            cells().reduce((sum, { value }) => sum + (value.grown[counter] ?? 0), 0),
          );
          expect(sums).toEqual([info.bytesSent, info.bytesSent, info.bytesReceived, info.segsOut]);
          expect(cellUs).toBe(Math.max(1e6, widthUs));
          expect(cells().every((cell) => cell.startUs % cellUs === 0 && cell.startUs < spanUs)).toBe(true);
          expect((startUs ?? 0) % cellUs).toBe(0);
          expect(row.total('bytesSent')).toBe(info.bytesSent);
        }
        const overview = scene.store.overview(1e12);
        expect(overview.reduce((sum, each) => sum + each.sentBytes, 0)).toBe(sentBytes);
        expect(overview.reduce((sum, each) => sum + each.receivedBytes, 0)).toBe(receivedBytes);
        expect(overview.reduce((sum, each) => sum + each.opened, 0)).toBe(2);
      }),
      { numRuns: 60 },
    );
  });

  it('are of a range, in wider cells once seconds were merged', async () => {
    const scene = new Scene({ maxHistoryBytes: 2000, historySec: 60 });
    scene.seen(A);
    for (let i = 1; i <= 70; i++) {
      scene.seen(A, { info: { bytesSent: i, segsOut: i } });
      scene.second();
    }
    const row = scene.row(A);
    const all = await scene.store.timeline(row, {});
    expect(all).toMatchObject({ source: 'memory', cellUs: 1e7, parts: [] });
    const startUs = all.startUs ?? 0;
    const part = await scene.store.timeline(row, { fromUs: startUs + 1.5e7, untilUs: startUs + 2e7 });
    expect(part.cells().map((cell) => cell.startUs)).toEqual([1e7]);
    expect(scene.store.budget.historyBytes).toBeLessThanOrEqual(2000);
    expect(scene.store.budget).toMatchObject({
      maxHistoryBytes: 2000,
      historySec: 60,
      maxClosed: 10_000,
      keepClosedSec: 600,
    });
    expect(scene.store.roundTrips(row, 5e6)).toEqual([]);
    const { evicted } = scene;
    expect(evicted.history).toBeGreaterThan(0);
    // After a minute without a record nothing is left.
    scene.second(70);
    const none = await scene.store.timeline(row, {});
    expect([none.startUs, none.spanUs, none.cells()]).toEqual([undefined, 0, []]);
  });

  it('count all records, also those that were not looked at', async () => {
    const scene = new Scene();
    for (let i = 0; i < 5; i++) scene.seen(A);
    scene.second();
    for (let i = 0; i < 70; i++) scene.seen(A);
    scene.second(2);
    scene.seen(A);
    scene.second();
    const { cells } = await scene.store.timeline(scene.row(A), {});
    expect(cells().map(({ startUs, value }) => [startUs, value.snapshots])).toEqual([
      [0, 5],
      [1e6, 70],
      [3e6, 1],
    ]);
    expect(scene.row(A).connection.snapshots).toBe(76);
  });

  it('leave out nothing but what is too old', () => {
    const scene = new Scene({ historySec: 3 });
    for (let i = 1; i <= 6; i++) {
      scene.seen(BigInt(i), { info: { rttUs: i } });
      scene.second();
    }
    expect(scene.store.overview(1e9).map(({ open }) => open)).toEqual([4, 5, 6]);
    expect(scene.store.overview(2e6).map(({ open }) => open)).toEqual([5, 6]);
    expect([1n, 3n, 4n, 6n].map((cookie) => scene.store.roundTrips(scene.row(cookie), 1e9))).toEqual([
      [],
      [],
      [4],
      [6],
    ]);
    expect([...scene.store.rows()].map(({ identity }) => identity.uuid)).toContain(uuidOf(1n));
  });
});
