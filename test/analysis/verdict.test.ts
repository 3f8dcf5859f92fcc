import { describe, expect, it } from 'vitest';
import {
  type ConnectionRow,
  connectionVerdict,
  LIMITED_BY,
  type LimitedBy,
  summarize,
  summaryVerdict,
} from '../../analysis/index.js';
import { TcpState } from '../../tcp/index.js';
import { connectionRow, type RowFields } from '../cmd/summary/rows.js';

/** Returns the time per cause, 0 for the causes not given. */
function time(us: Partial<Record<LimitedBy, number>>): ConnectionRow['limitedUs'] {
  return { application: 0, cwnd: 0, rwnd: 0, sndbuf: 0, pacing: 0, loss: 0, peer: 0, idle: 0, ...us };
}

describe('the verdict on a connection', () => {
  it('names the cause, the share of active time, and a second cause that is close', () => {
    const row = connectionRow({
      limitedUs: time({ rwnd: 500_000, sndbuf: 440_000, application: 60_000, idle: 1_000_000 }),
      limitedBy: 'rwnd',
      limitedByRunnerUp: 'sndbuf',
    });
    expect(connectionVerdict(row)).toMatchObject({
      ...{ kind: 'limited', cause: 'rwnd', share: 0.5, also: 'sndbuf', alsoShare: 0.44 },
      ...{ knownUs: 2_000_000, activeUs: 1_000_000, idleShare: 0.5 },
    });
  });

  it.each(LIMITED_BY.filter((cause) => cause !== 'idle'))('treats %s like any other cause', (cause) => {
    const row = connectionRow({ limitedUs: time({ [cause]: 900_000, idle: 100_000 }), limitedBy: cause });
    expect(connectionVerdict(row)).toMatchObject({ kind: 'limited', cause, share: 1, also: null });
  });

  it('is idle from nine tenths of idle time on, whatever the rest is', () => {
    const row = (idle: number): ConnectionRow =>
      connectionRow({ limitedUs: time({ rwnd: 1_000_000 - idle, idle }), limitedBy: 'rwnd' });
    expect(connectionVerdict(row(899_000))).toMatchObject({ kind: 'limited' });
    expect(connectionVerdict(row(900_000))).toMatchObject({ kind: 'idle', cause: 'rwnd', share: 1 });
    const silent = connectionRow({ limitedUs: time({ idle: 7 }), limitedBy: 'idle' });
    expect(connectionVerdict(silent)).toMatchObject({ kind: 'idle', cause: 'idle', share: null, activeUs: 0 });
  });

  it('distinguishes a transfer from an exchange by bytes', () => {
    const flow = (bytesSent: number, bytesReceived: number): string =>
      connectionVerdict(connectionRow({ bytesSent, bytesReceived })).flow;
    expect(flow(1_000_000, 100_000)).toBe('sending');
    expect(flow(1_000_000, 100_001)).toBe('exchange');
    expect(flow(500, 1_000_000)).toBe('receiving');
    expect(flow(10_000, 100)).toBe('exchange');
  });

  it('knows the direction of few bytes when the other side sent none', () => {
    const row = (over: RowFields): string => connectionVerdict(connectionRow({ dataSegsIn: 0, ...over })).flow;
    expect(row({ bytesSent: 10_000, bytesReceived: 0 })).toBe('sending');
    expect(row({ bytesSent: 10_000, bytesReceived: 1 })).toBe('sending');
    expect(row({ bytesSent: 0, bytesReceived: 10_000, dataSegsIn: 7 })).toBe('receiving');
    expect(row({ bytesSent: 0, bytesReceived: 0 })).toBe('exchange');
  });

  it('counts a single byte as payload when a segment had data, else as the FIN', () => {
    const row = (over: RowFields): number | null => connectionVerdict(connectionRow(over)).receivedBytes;
    expect(row({ bytesReceived: 1, dataSegsIn: 1 })).toBe(1);
    expect(row({ bytesReceived: 1, dataSegsIn: 0 })).toBe(0);
    expect(row({ bytesReceived: 1, dataSegsIn: null })).toBe(0);
    expect(row({ bytesReceived: 201, dataSegsIn: 2, hasPeerFin: true })).toBe(200);
    expect(row({ bytesReceived: 0, dataSegsIn: 0, hasPeerFin: true })).toBe(0);
    const sent = connectionRow({ bytesSent: null, bytesAcked: 2, dataSegsOut: 1 });
    expect(connectionVerdict(sent).sentBytes).toBe(2);
  });

  it('has no rate when the active time is too short for one', () => {
    const limitedUs = (rwnd: number): ConnectionRow['limitedUs'] => time({ rwnd, idle: 3_000_000 });
    const rate = (rwnd: number): number | null =>
      connectionVerdict(connectionRow({ bytesSent: 40_000, limitedUs: limitedUs(rwnd) })).sentBytesPerSec;
    expect(rate(13)).toBeNull();
    expect(rate(100_000)).toBe(400_000);
    const short = connectionRow({ bytesSent: 40_000, limitedUs: time({ rwnd: 50_000 }) });
    expect(connectionVerdict(short).sentBytesPerSec).toBe(800_000);
  });

  it('recognises exchanges that waited only for their round trips', () => {
    const exchanges = (seen: number, minRttUs: number | null): number | null =>
      connectionVerdict(connectionRow({ exchanges: seen, minRttUs, limitedUs: time({ peer: 4_000_000 }) })).exchanges;
    expect(exchanges(100, 40_000)).toBe(100);
    expect(exchanges(50, 40_000)).toBe(50);
    expect(exchanges(49, 40_000)).toBeNull();
    expect(exchanges(4, 2_000_000)).toBeNull();
    expect(exchanges(100, null)).toBeNull();
  });

  it('recognises an exchange of short requests and long answers by turns', () => {
    const flow = (dataSegsOut: number, dataSegsIn: number): string =>
      connectionVerdict(connectionRow({ bytesSent: 1_000, bytesReceived: 200_000, dataSegsOut, dataSegsIn })).flow;
    expect(flow(10, 200)).toBe('exchange');
    expect(flow(10, 201)).toBe('receiving');
    expect(flow(2, 10)).toBe('receiving');
  });

  it('counts payload once, without SYN and FIN, per active time', () => {
    const limitedUs = time({ cwnd: 2_000_000, idle: 2_000_000 });
    const sent = connectionRow({ bytesSent: 1_100, bytesRetrans: 100, bytesReceived: 1, dataSegsIn: 0, limitedUs });
    expect(connectionVerdict(sent)).toMatchObject({ sentBytes: 1_000, receivedBytes: 0, sentBytesPerSec: 500 });
    const old = connectionRow({ bytesSent: null, bytesRetrans: null, bytesAcked: 2, bytesReceived: 0, dataSegsOut: 0 });
    expect(connectionVerdict(old)).toMatchObject({ kind: 'empty', sentBytes: 0, sentBytesPerSec: null });
  });

  it('covers only the recorded time of an older connection', () => {
    const recorded = { bytesSent: 0, bytesAcked: 0, bytesReceived: 0, bytesRetrans: 0, totalRetrans: 0 };
    expect(connectionVerdict(connectionRow({ bytesSent: 9e9, recorded, olderByUs: 1e9 })).kind).toBe('empty');
  });

  it.each<[string, Partial<ConnectionRow>, string]>([
    ['never opened', { howEnded: 'failed' }, 'failed'],
    ['is opening', { howEnded: 'open', lastState: TcpState.SYN_SENT }, 'opening'],
    ['is half open', { howEnded: 'open', lastState: TcpState.SYN_RECV }, 'opening'],
    ['is open', { howEnded: 'open', lastState: TcpState.ESTABLISHED }, 'limited'],
    ['moved nothing', { bytesSent: 0, bytesReceived: 1, dataSegsIn: 0 }, 'empty'],
    ['has few snapshots', { snapshots: 4, durationUs: 99_999 }, 'short'],
    ['has few snapshots far apart', { snapshots: 4, durationUs: 100_000 }, 'limited'],
    ['is seen only at its end', { snapshots: 1, durationUs: 0, limitedBy: null, limitedUs: time({}) }, 'short'],
    ['was recorded by an old kernel', { limitedBy: null, limitedUs: time({}) }, 'unknown'],
    ['has no counters', { bytesSent: null, bytesAcked: null, bytesReceived: null }, 'limited'],
    ['has a clock that went back', { snapshots: 2, durationUs: null }, 'limited'],
  ])('is correct for a connection that %s', (_, over, kind) => {
    expect(connectionVerdict(connectionRow(over)).kind).toBe(kind);
  });
});

describe('the verdict on a set of connections', () => {
  it('adds up active time, endings and failed connects', () => {
    const rows = [
      connectionRow({ uuid: 'slow', limitedUs: time({ peer: 600_000, idle: 9_000_000 }), limitedBy: 'peer' }),
      connectionRow({ limitedUs: time({ application: 400_000 }), howEnded: 'reset' }),
      connectionRow({ limitedUs: time({}), limitedBy: null, howEnded: 'open' }),
      connectionRow({ limitedUs: time({}), limitedBy: null, howEnded: 'failed', remotePort: 81 }),
    ];
    expect(summaryVerdict(summarize(rows))).toEqual({
      ...{
        open: 1,
        inOrder: 1 / 3,
        idleShare: 0.9,
        maxPacingRateShare: null,
        activeUs: 1_000_000,
        cause: 'peer',
        share: 0.6,
        also: null,
        alsoShare: null,
      },
      ...{ worst: { uuid: 'slow', us: 600_000 }, failed: 1 },
      failedMost: { peer: '198.51.100.1', port: 81, connections: 1 },
    });
  });

  it('reports the share of time in which a configured rate was the limit', () => {
    const paced = connectionRow({ limitedUs: time({ pacing: 800 }), maxPacingRateUs: 600 });
    expect(summaryVerdict(summarize([paced, paced]))).toMatchObject({ cause: 'pacing', maxPacingRateShare: 0.75 });
  });

  it('names two causes that are close, and none when nothing is known', () => {
    const close = connectionRow({ limitedUs: time({ peer: 500, cwnd: 420, loss: 80 }) });
    expect(summaryVerdict(summarize([close]))).toMatchObject({ cause: 'peer', also: 'cwnd', alsoShare: 0.42 });
    expect(summaryVerdict(summarize([]))).toMatchObject({ cause: null, share: null, inOrder: null, worst: null });
  });
});
