import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  connectionLine,
  createDelta,
  limitShares,
  type OpenFigures,
  PayloadCounter,
  type PayloadFields,
  ratesOf,
  type ServiceIdentity,
  ServiceStatistics,
  serviceLine,
} from '../../../services/statistics/index.js';
import { TcpState } from '../../../tcp/index.js';

const identity: ServiceIdentity = {
  sid: '10.0.0.1:5432',
  name: 'postgres',
  mode: 'watched',
  listen: ['10.0.0.1:5432'],
  netns: null,
};

function open(clientKey: string, rest: Partial<OpenFigures> = {}): OpenFigures {
  return {
    clientKey,
    upBytes: 0,
    downBytes: 0,
    acceptedMs: 0,
    lastReadMs: 0,
    lastWriteMs: 0,
    isHalfClosed: false,
    ...rest,
  };
}

describe('ServiceStatistics', () => {
  it('reports the keys of the specification, the first seven with the types of the seed', () => {
    const statistics = new ServiceStatistics(1_000_000);
    for (let i = 0; i < 4; i++) statistics.accepted(1_010_500);
    statistics.rejected('ip_limit');
    statistics.closed({ upBytes: 5, downBytes: 7, bytesSent: 100, bytesRetrans: 1 }, 'idle');
    const report = statistics.report({
      identity,
      open: [
        open('10.0.0.7', { upBytes: 1, downBytes: 2, rttUs: 100, lastReadMs: 4_000 }),
        open('10.0.0.9', {
          upBytes: 10,
          downBytes: 20,
          rttUs: 200,
          bytesSent: 100,
          bytesRetrans: 3,
          lastWriteMs: 9_000,
        }),
        open('10.0.0.9', {
          upBytes: 100,
          downBytes: 200,
          rttUs: null,
          lastReadMs: 8_000,
          limited: { observedUs: 100, busyUs: 40, rwndLimitedUs: 10, sndbufLimitedUs: 0 },
        }),
      ],
      unixMs: 1_060_999,
      nowMs: 10_000,
      acceptQueue: { now: 3, limit: 4_096 },
    });
    expect(report).toEqual({
      sid: '10.0.0.1:5432',
      uptime: 60,
      ips: '10.0.0.9,10.0.0.7',
      connections: 3,
      accessed: 1_010,
      up: 116,
      down: 229,
      name: 'postgres',
      mode: 'watched',
      listen: ['10.0.0.1:5432'],
      netns: null,
      clients: [
        { ip: '10.0.0.9', connections: 2, up: 110, down: 220 },
        { ip: '10.0.0.7', connections: 1, up: 1, down: 2 },
      ],
      clientCount: 2,
      accepted: 4,
      rejected: { blacklist: 0, allowlist: 0, ip_limit: 1, ip_conn_limit: 0, conn_limit: 0, stopping: 0 },
      closed: expect.objectContaining({ client: 0, idle: 1, drain: 0, error: 0 }),
      rttUs: { p50: 100, p95: 200 },
      retransmitRateBytes: 0.02,
      limitedBy: { application: 0.6, network: 0.3, receiver: 0.1 },
      acceptQueue: { now: 3, limit: 4_096 },
      oldestIdleSec: 6,
    });
    expect(Object.keys(report).slice(0, 7)).toEqual(['sid', 'uptime', 'ips', 'connections', 'accessed', 'up', 'down']);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('says what is unknown, and cuts clients if asked to', () => {
    const statistics = new ServiceStatistics(0);
    const empty = statistics.report({ identity, open: [], unixMs: 0, nowMs: 0 });
    expect(empty).toMatchObject({
      ips: '',
      connections: 0,
      accessed: 0,
      retransmitRateBytes: null,
      limitedBy: {},
      acceptQueue: null,
      oldestIdleSec: null,
      rttUs: { p50: null, p95: null },
    });
    const cut = statistics.report({
      identity,
      open: [open('a'), open('b'), open('b')],
      unixMs: 0,
      nowMs: 0,
      maxClients: 1,
    });
    expect([cut.ips, cut.clientCount]).toEqual(['b', 2]);
  });

  it('sums stay equal while a connection ends, and differences are those of one caller', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            kind: fc.constantFrom('open', 'move', 'close', 'ask', 'ask2'),
            at: fc.nat(9),
            by: fc.nat(1_000),
          }),
        ),
        (operations) => {
          const statistics = new ServiceStatistics(0);
          const connections: { upBytes: number; downBytes: number }[] = [];
          let [up, accepted, nowMs] = [0, 0, 0];
          const totals = () => statistics.totals(connections);
          const meters = [createDelta(totals, () => nowMs), createDelta(totals, () => nowMs)];
          const asked = [0, 0];
          for (const { kind, at, by } of operations) {
            nowMs += by;
            const some = connections[at % Math.max(1, connections.length)];
            if (kind === 'open') {
              connections.push({ upBytes: 0, downBytes: 0 });
              statistics.accepted(0);
              accepted++;
            } else if (kind === 'move' && some !== undefined) {
              some.upBytes += by;
              up += by;
            } else if (kind === 'close' && some !== undefined) {
              connections.splice(connections.indexOf(some), 1);
              statistics.closed(some, 'client');
            } else if (kind === 'ask' || kind === 'ask2') {
              const which = kind === 'ask' ? 0 : 1;
              const delta = meters[which]?.();
              asked[which] = (asked[which] ?? 0) + (delta?.upBytes ?? 0);
              expect(asked[which]).toBe(up);
            }
            expect(totals()).toMatchObject({ accepted, upBytes: up });
            expect(totals().closed.client).toBe(accepted - connections.length);
          }
        },
      ),
    );
  });

  it('rates are of the time between two questions', () => {
    let nowMs = 0;
    const statistics = new ServiceStatistics(0);
    const connection = { upBytes: 0, downBytes: 0 };
    const since = createDelta(
      () => statistics.totals([connection]),
      () => nowMs,
    );
    expect(ratesOf(since())).toBeNull();
    Object.assign(connection, { upBytes: 500, downBytes: 1_000 });
    nowMs = 2_000;
    expect(ratesOf(since())).toEqual({ upBytesPerSec: 250, downBytesPerSec: 500, acceptedPerSec: 0 });
  });
});

describe('limitShares', () => {
  it('add up to 1, whatever the clocks say', () => {
    fc.assert(
      fc.property(
        fc.nat(1e6),
        fc.nat(1e6),
        fc.nat(1e3),
        fc.nat(1e3),
        (observedUs, rest, rwndLimitedUs, sndbufLimitedUs) => {
          const busyUs = rest + rwndLimitedUs + sndbufLimitedUs;
          const shares = Object.values(limitShares({ observedUs, busyUs, rwndLimitedUs, sndbufLimitedUs }));
          for (const share of shares) expect(share).toBeGreaterThan(0);
          const sum = shares.reduce((total, share) => total + share, 0);
          expect(sum).toBeCloseTo(observedUs + busyUs === 0 ? 0 : 1, 9);
        },
      ),
    );
  });
});

describe('PayloadCounter', () => {
  const record = (rest: Partial<PayloadFields>): PayloadFields => ({
    hasInfo: true,
    state: TcpState.ESTABLISHED,
    bytesReceived: 0,
    dataSegsIn: 0,
    bytesAcked: 0,
    bytesSent: 0,
    bytesRetrans: 0,
    ...rest,
  });
  const payload = (...records: Partial<PayloadFields>[]): [number, number] => {
    const counter = new PayloadCounter();
    for (const each of records) counter.add(record(each));
    return [counter.upBytes, counter.downBytes];
  };

  it("takes off the peer's FIN, by the state or because no data came with it", () => {
    expect(payload({ bytesReceived: 100, dataSegsIn: 1 })).toEqual([100, 0]);
    expect(
      payload({ bytesReceived: 100, dataSegsIn: 1 }, { bytesReceived: 101, dataSegsIn: 1, state: TcpState.CLOSE_WAIT }),
    ).toEqual([100, 0]);
    expect(
      payload({ bytesReceived: 100, dataSegsIn: 1 }, { bytesReceived: 101, dataSegsIn: 1, state: TcpState.CLOSE }),
    ).toEqual([100, 0]);
  });

  it('takes off our own FIN, and retransmissions', () => {
    expect(payload({ bytesAcked: 50, bytesSent: 80, bytesRetrans: 30 })).toEqual([0, 50]);
    expect(payload({ bytesAcked: 51, bytesSent: 80, bytesRetrans: 30, state: TcpState.FIN_WAIT2 })).toEqual([0, 50]);
    expect(payload({ bytesAcked: 20, bytesSent: 80, bytesRetrans: 30 })).toEqual([0, 20]);
    expect(payload({ bytesAcked: 20, bytesSent: null, bytesRetrans: null })).toEqual([0, 20]);
  });

  it('keeps what it knows over a record without tcp_info, and over counters that were reset', () => {
    expect(
      payload(
        { bytesReceived: 9, dataSegsIn: 1, bytesAcked: 5, bytesSent: 5 },
        { hasInfo: false, bytesReceived: null, bytesAcked: null },
        {},
      ),
    ).toEqual([9, 5]);
  });
});

describe('lines of the seed', () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each([
    ['UTC', '1970-01-01T00:16:50Z'],
    ['Asia/Kolkata', '1970-01-01T05:46:50+05:30'],
    ['America/New_York', '1969-12-31T19:16:50-05:00'],
  ])('have their time in the zone %s', (zone, time) => {
    vi.stubEnv('TZ', zone);
    const statistics = new ServiceStatistics(1_000_000);
    statistics.accepted(1_010_000);
    const report = statistics.report({
      identity,
      open: [open('10.0.0.9', { upBytes: 3, downBytes: 4 })],
      unixMs: 1_060_000,
      nowMs: 0,
    });
    expect(serviceLine(report)).toBe(`sid: 10.0.0.1:5432, up: 60, c: 1, ip: 1, r: 3, w: 4, t: ${time}`);
    const label = '10.0.0.9:40001 <-> 10.0.0.1:5432';
    expect(connectionLine({ label, sid: 's', read_bytes: 1, write_bytes: 2, read_at: 1_010, write_at: 1_010 })).toBe(
      `sid: s, conn: ${label}, r: 1, w: 2, rt: ${time}, wt: ${time}`,
    );
  });
});
