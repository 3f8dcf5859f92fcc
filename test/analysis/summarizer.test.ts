import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConnectionRow, LIMITED_BY, limitedShare, SpaceSaving, summarize } from '../../analysis/index.js';
import { connectionRow, type RowFields } from '../cmd/summary/rows.js';

function row(fields: RowFields = {}): ConnectionRow {
  return connectionRow({
    uuid: 'host_1_0000000000000001',
    netnsInode: null,
    netnsName: null,
    family: 2,
    localAddress: '192.0.2.1',
    localPort: 443,
    remoteAddress: '192.0.2.2',
    remotePort: 40_000,
    startTime: '2026-11-20T23:28:03.5Z',
    endTime: '2026-11-20T23:28:04Z',
    durationUs: 500_000,
    snapshots: 3,
    lastState: 7,
    bytesSent: 1_000,
    bytesAcked: 1_000,
    bytesReceived: 10,
    bytesRetrans: 0,
    segsOut: 5,
    segsIn: 5,
    dataSegsOut: 1,
    dataSegsIn: 1,
    totalRetrans: 0,
    minRttUs: 9_000,
    medianRttUs: 10_000,
    p95RttUs: 12_000,
    maxRttUs: 13_000,
    maxCwnd: 10,
    sendThroughputBytesPerSec: 2_000,
    goodputBytesPerSec: 2_000,
    receiveThroughputBytesPerSec: 20,
    congestionAlgorithm: 'cubic',
    busyTimeUs: 100,
    rwndLimitedUs: 0,
    sndbufLimitedUs: 0,
    olderByUs: null,
    limitedByEvidence: null,
    limitedByRunnerUp: null,
    limitedUs: { application: 400_000, cwnd: 100_000, rwnd: 0, sndbuf: 0, pacing: 0, loss: 0, peer: 0, idle: 0 },
    limitedBy: 'application',
    closedFirst: 'local',
    howEnded: 'closed',
    endingUnknownBecause: null,
    ...fields,
  });
}

describe('a summary', () => {
  it('adds up what connections did, between which hosts, how fast, and how they ended', () => {
    const lossy = row({
      uuid: 'lossy',
      family: 10,
      remoteAddress: '2001:db8::1',
      startTime: '2026-11-20T22:00:00Z',
      endTime: '2026-11-21T00:00:00.5+02:00',
      bytesSent: 5_000,
      bytesRetrans: 500,
      totalRetrans: 4,
      medianRttUs: 250_000,
      limitedBy: 'loss',
      limitedUs: { application: 0, cwnd: 0, rwnd: 0, sndbuf: 0, pacing: 0, loss: 500_000, peer: 0, idle: 0 },
      closedFirst: 'unknown',
      howEnded: 'reset',
      congestionAlgorithm: 'bbr',
    });
    const summary = summarize([row(), row({ localPort: 80 }), lossy]);
    expect(summary).toMatchObject({
      connections: 3,
      snapshots: 9,
      bytesSent: 7_000,
      bytesReceived: 30,
      bytesRetrans: 500,
      totalRetrans: 4,
      from: '2026-11-20T22:00:00Z',
      to: '2026-11-20T23:28:04Z',
      families: { ipv4: 2, ipv6: 1 },
      closedFirst: { local: 2, remote: 0, unknown: 1 },
      howEnded: { closed: 2, reset: 1, open: 0 },
      limitedByUnknown: 0,
    });
    expect(summary.congestionAlgorithms).toEqual([
      { algorithm: 'cubic', connections: 2 },
      { algorithm: 'bbr', connections: 1 },
    ]);
    expect(summary.peers.map(({ peer, connections }) => [peer, connections])).toEqual([
      ['2001:db8::1', 1],
      ['192.0.2.2', 2],
    ]);
    expect(summary.localPorts.map(({ port, bytesSent }) => [port, bytesSent])).toEqual([
      [443, 6_000],
      [80, 1_000],
    ]);
    expect(summary.retransmitters).toHaveLength(1);
    expect(summary.retransmitters[0]).toMatchObject({ uuid: 'lossy', retransmitRate: 0.1 });
    expect(summary.limitedBy).toMatchObject({
      application: { us: 800_000, connections: 2 },
      cwnd: { us: 200_000, connections: 0 },
      loss: { us: 500_000, connections: 1 },
    });
    expect(summary.rttUs).toMatchObject({ count: 3, min: 10_000, max: 250_000 });
    expect(summary.rttUs.ranges.reduce((sum, { count }) => sum + count, 0)).toBe(3);
  });

  it('divides a narrow distribution into equal ranges, a wide one into powers', () => {
    const ranges = (us: readonly number[]): readonly (readonly [number, number | null, number])[] =>
      summarize(us.map((medianRttUs) => row({ medianRttUs }))).rttUs.ranges.map(({ from, to, count }) => [
        from,
        to,
        count,
      ]);
    const far = Array.from({ length: 120 }, (_, i) => 40_000 + 100 * i);
    const wide = Array.from({ length: 12 }, (_, i) => [40_000 + 1000 * i, 41_000 + 1000 * i]);
    expect(ranges(far).map(([from, to]) => [from, to])).toEqual(wide);
    for (const [, , count] of ranges(far)) expect(Math.abs(count - 10)).toBeLessThanOrEqual(1);
    expect(ranges([42_000, 42_000])).toEqual([[42_000, 43_000, 2]]);
    expect(ranges([7, 7, 8])).toEqual([
      [7, 8, 2],
      [8, 9, 1],
    ]);
    expect(ranges([100, 900, 40_000]).map(([from, to]) => [from, to])).toEqual([
      [100, 200],
      [200, 500],
      [500, 1000],
      [1000, 2000],
      [2000, 5000],
      [5000, 10_000],
      [10_000, 20_000],
      [20_000, 50_000],
    ]);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 0xffff_ffff }), { minLength: 1, maxLength: 30 }), (values) => {
        const found = ranges(values);
        expect(found.reduce((sum, [, , count]) => sum + count, 0)).toBe(values.length);
        expect(found.length).toBeLessThanOrEqual(28);
        expect(found[0]?.[0]).toBeLessThanOrEqual(Math.min(...values));
      }),
    );
  });

  it('is plain data, also without connections', () => {
    for (const summary of [summarize([]), summarize([row()])]) {
      expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
    }
    expect(summarize([])).toMatchObject({ connections: 0, from: null, to: null, rttUs: { count: 0, ranges: [] } });
  });

  it('keeps the worst retransmitters, worst first', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 50 }), { maxLength: 60 }), (all) => {
        const rows = all.map((bytesRetrans) => row({ bytesRetrans }));
        const worst = summarize(rows, { top: 5 }).retransmitters.map(({ bytesRetrans }) => bytesRetrans);
        const right = all.filter((bytes) => bytes > 0).toSorted((a, b) => b - a);
        expect(worst).toEqual(right.slice(0, 5));
      }),
    );
  });

  it('counts the recorded time only, and reports the bytes moved before it', () => {
    const recorded = { bytesSent: 300, bytesAcked: 300, bytesReceived: 4, bytesRetrans: 30, totalRetrans: 2 };
    const older = row({ bytesSent: 9_000, bytesReceived: 1_004, bytesRetrans: 130, olderByUs: 60e6, recorded });
    const summary = summarize([row(), older]);
    expect(summary).toMatchObject({ connections: 2, bytesSent: 1_300, bytesReceived: 14, totalRetrans: 2 });
    expect(summary.peers).toMatchObject([{ bytesSent: 1_300, bytesReceived: 14 }]);
    expect(summary.localPorts).toMatchObject([{ port: 443, bytesSent: 1_300 }]);
    expect(summary.retransmitters).toMatchObject([{ bytesSent: 300, bytesRetrans: 30, retransmitRate: 0.1 }]);
    expect(summary.beforeRecording).toEqual({
      connections: 1,
      bytesSent: 8_700,
      bytesReceived: 1_000,
      bytesRetrans: 100,
    });
  });

  it('names where connects failed, and the connection that each cause delayed most', () => {
    const time = (us: number): ConnectionRow['limitedUs'] => ({
      ...{ application: 0, cwnd: 0, rwnd: us, sndbuf: 0, pacing: 0, loss: 0, peer: 0, idle: 0 },
    });
    const failed = (remotePort: number): ConnectionRow => row({ howEnded: 'failed', remotePort, limitedUs: time(0) });
    const summary = summarize([
      row({ uuid: 'a', limitedUs: time(5) }),
      row({ uuid: 'b', limitedUs: time(9) }),
      row({ uuid: 'c', limitedUs: time(2) }),
      ...[443, 80, 443].map(failed),
    ]);
    expect(summary.neverOpened).toBe(3);
    expect(summary.failedConnects).toEqual([
      { peer: '192.0.2.2', port: 443, connections: 2 },
      { peer: '192.0.2.2', port: 80, connections: 1 },
    ]);
    expect(summary.mostLimited).toMatchObject({ rwnd: { uuid: 'b', us: 9 }, loss: null });
  });

  it('accepts rows with few known values', () => {
    const bare = row({ bytesSent: null, bytesReceived: null, bytesRetrans: null, limitedBy: null, durationUs: null });
    expect(summarize([bare])).toMatchObject({ bytesSent: 1_000, bytesReceived: 0, limitedByUnknown: 1 });
  });
});

describe('shares of limiting causes', () => {
  it('add up to one, or are unknown', () => {
    const sum = LIMITED_BY.reduce((total, cause) => total + (limitedShare(row(), cause) ?? Number.NaN), 0);
    expect(sum).toBeCloseTo(1);
    const none = { application: 0, cwnd: 0, rwnd: 0, sndbuf: 0, pacing: 0, loss: 0, peer: 0, idle: 0 };
    expect(limitedShare({ limitedUs: none }, 'idle')).toBeNull();
  });
});

describe('the heaviest keys', () => {
  const stream = fc.array(fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 100 })), { maxLength: 300 });

  it('include every key above the bound, and report the maximum error of each count', () => {
    fc.assert(
      fc.property(stream, fc.integer({ min: 1, max: 20 }), (adds, capacity) => {
        const heavy = new SpaceSaving(capacity, () => ({ own: 0 }));
        const right = new Map<string, number>();
        let total = 0;
        for (const [key, weight] of adds) {
          heavy.add(String(key), weight).own += weight;
          right.set(String(key), (right.get(String(key)) ?? 0) + weight);
          total += weight;
        }
        const found = heavy.top(capacity);
        expect(found.length).toBe(Math.min(capacity, right.size));
        for (const { key, weight, error, value } of found) {
          const exact = right.get(key) ?? Number.NaN;
          expect(weight).toBeGreaterThanOrEqual(exact);
          expect(weight - error).toBe(value.own);
          expect(value.own).toBeLessThanOrEqual(exact);
          expect(error).toBeLessThanOrEqual(total / capacity);
          if (heavy.isExact) expect(weight).toBe(exact);
        }
        for (const [key, exact] of right) {
          if (exact > total / capacity) expect(found.map((each) => each.key)).toContain(key);
        }
        expect(found.map(({ weight }) => weight)).toEqual(found.map(({ weight }) => weight).toSorted((a, b) => b - a));
      }),
      { numRuns: 1_000 },
    );
  });
});
