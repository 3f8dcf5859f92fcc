import { describe, expect, it } from 'vitest';
import { LIMITED_BY } from '../../../analysis/index.js';
import { ConnectionCache, Exclusions, StateSlots } from '../../../cache/index.js';
import { LimitMeter, type LimitMeterOptions } from '../../../live/limits/index.js';
import { PortGroups } from '../../../live/network/index.js';
import { NETWORK_LIMITS, PortSeries } from '../../../metrics/index.js';
import { parseNetlinkMessage } from '../../../parse/index.js';
import type { TcpInfo } from '../../../tcp/index.js';
import { buildMessage, tcpInfoOf } from '../../support/messages.js';

const START_MS = Date.parse('2026-11-21T00:00:00Z');

function setUp(isWatched = true, every?: LimitMeterOptions['every']) {
  const series = [new PortSeries('443', 'local'), new PortSeries('443', 'remote'), new PortSeries('other', 'any')];
  const later: (() => void)[] = [];
  const slots = new StateSlots();
  const meter = new LimitMeter({
    slots,
    counted: { series, portGroups: new PortGroups([{ text: '443', first: 443, last: 443 }]) },
    isWatched: () => isWatched,
    later: (work) => later.push(work),
    ...(every === undefined ? {} : { every }),
  });
  const cache = new ConnectionCache({
    uuidPrefix: 'h',
    exclusions: new Exclusions({ srcPorts: [], dstAddressKeys: [] }),
    observers: [meter],
    slots,
  });
  const update = (cookie: bigint, ms: number, fields: Partial<TcpInfo>, sport = 443): void => {
    const attributes = [{ type: 2, payload: tcpInfoOf(fields) }];
    const timestamp = new Date(START_MS + ms).toISOString();
    cache.update(parseNetlinkMessage(buildMessage({ cookie, attributes, sport, dport: 50_000 }), timestamp));
  };
  return { series, meter, cache, update, later };
}

/** A full window. Data was sent and acknowledged since. */
const FULL: Partial<TcpInfo> = { unacked: 10, notsentBytes: 50_000 };

describe('LimitMeter', () => {
  it('has every cause but idle', () => {
    expect([...NETWORK_LIMITS, 'idle'].sort()).toEqual([...LIMITED_BY].sort());
  });

  it('adds up time from walk to walk and to the last record', () => {
    const { series, meter, cache, update } = setUp();
    update(1n, 0, { ...FULL });
    update(1n, 40, { ...FULL, bytesAcked: 1000, busyTimeUs: 40_000 });
    update(1n, 100, { ...FULL, bytesAcked: 2000, busyTimeUs: 100_000 });
    meter.walk();
    expect(series[0]?.limitedUs.cwnd).toBe(100_000);
    meter.walk();
    expect(series[0]?.limitedUs.cwnd).toBe(100_000);
    update(1n, 150, { ...FULL, bytesAcked: 3000, busyTimeUs: 150_000 });
    cache.end(1n, { timestamp: '2026-11-21T00:00:01Z', cause: 'vanished' });
    expect(series[0]?.limitedUs).toMatchObject({ cwnd: 150_000, rwnd: 0, application: 0, peer: 0 });
    expect(series[2]?.limitedUs.cwnd).toBe(0);
  });

  it('counts waiting for the peer, but no idle time', () => {
    const { series, meter, update } = setUp();
    update(1n, 0, { bytesAcked: 1 });
    update(1n, 1000, { bytesAcked: 101, bytesSent: 100, dataSegsOut: 1 });
    meter.walk();
    update(1n, 1500, {
      bytesAcked: 101,
      bytesSent: 100,
      dataSegsOut: 1,
      bytesReceived: 500,
    });
    meter.walk();
    expect(series[0]?.limitedUs).toMatchObject({ application: 1_000_000, peer: 500_000 });
    // The pause before the next request.
    update(1n, 9000, {
      bytesAcked: 201,
      bytesSent: 200,
      dataSegsOut: 2,
      bytesReceived: 500,
    });
    meter.walk();
    const sum = Object.values(series[0]?.limitedUs ?? {}).reduce((all, us) => all + us, 0);
    expect(sum).toBe(1_500_000);
  });

  it('counts nothing before the first walk', () => {
    const { series, meter, update } = setUp(false);
    update(1n, 0, { ...FULL, busyTimeUs: 5_000_000 });
    meter.walk();
    update(1n, 400, { ...FULL, busyTimeUs: 5_400_000, segsOut: 1 });
    meter.walk();
    expect(series[0]?.limitedUs.cwnd).toBe(0);
    update(1n, 500, { ...FULL, busyTimeUs: 5_500_000, segsOut: 2 });
    meter.walk();
    expect(series[0]?.limitedUs.cwnd).toBe(100_000);
  });

  it('walks at another moment instead of at the next time', () => {
    const calls: string[] = [];
    const { meter, update, series } = setUp(true, (ms) => {
      calls.push(`every ${ms} ms`);
      return () => calls.push('stop');
    });
    update(1n, 0, { ...FULL });
    meter.walkNow();
    expect(calls).toEqual([]);
    meter.start();
    meter.walkNow();
    expect(calls).toEqual(['every 100 ms', 'stop', 'every 100 ms']);
    update(1n, 1000, { ...FULL, bytesAcked: 2000, busyTimeUs: 1_000_000 });
    meter.walkNow();
    expect(series[0]?.limitedUs.cwnd).toBe(1_000_000);
    meter.stop();
    calls.length = 0;
    meter.walkNow();
    expect(calls).toEqual([]);
  });

  it('walks many connections in slices, each once, without starting a second walk meanwhile', () => {
    const { series, meter, update, later } = setUp();
    const many = 1300;
    for (let i = 1; i <= many; i++) update(BigInt(i), 0, { ...FULL });
    for (let i = 1; i <= many; i++) update(BigInt(i), 100, { ...FULL, busyTimeUs: 100_000, segsOut: 1 });
    meter.walk();
    expect(series[0]?.limitedUs.cwnd).toBe(512 * 100_000);
    meter.walk();
    expect(later).toHaveLength(1);
    while (later.length > 0) later.shift()?.();
    expect(series[0]?.limitedUs.cwnd).toBe(many * 100_000);
  });

  it('leaves work that exceeds one walk to the next walks', () => {
    const { series, meter, update, later } = setUp();
    const many = 3000;
    const walk = (): void => {
      meter.walk();
      while (later.length > 0) later.shift()?.();
    };
    for (let i = 1; i <= many; i++) update(BigInt(i), 0, { ...FULL });
    for (let i = 1; i <= many; i++) update(BigInt(i), 100, { ...FULL, busyTimeUs: 100_000, segsOut: 1 });
    walk();
    expect(series[0]?.limitedUs.cwnd).toBe(2048 * 100_000);
    // A new record of a waiting connection does not change its position.
    update(3000n, 200, { ...FULL, busyTimeUs: 200_000, segsOut: 2 });
    walk();
    expect(series[0]?.limitedUs.cwnd).toBe((many + 1) * 100_000);
  });

  it('distinguishes pauses between quick exchanges from waiting, without a walk in between', () => {
    const { series, update } = setUp();
    // The client sends a request every 60 ms. Each is answered at once.
    update(1n, 0, { bytesAcked: 1 });
    let [sent, received] = [0, 0];
    for (let ms = 60; ms <= 600; ms += 60) {
      sent += 100;
      update(1n, ms, {
        bytesAcked: sent - 99,
        bytesSent: sent,
        bytesReceived: received,
        dataSegsOut: sent,
        unacked: 1,
      });
      received += 500;
      update(1n, ms + 2, { bytesAcked: sent + 1, bytesSent: sent, bytesReceived: received, dataSegsOut: sent });
    }
    expect(series[0]?.limitedUs.peer).toBe(10 * 2000);
    // The first pause is before the first request. The others are idle.
    expect(series[0]?.limitedUs.application).toBe(60_000);
  });

  it('checks an incoming stream only during a walk', () => {
    const { series, meter, update } = setUp();
    update(1n, 0, { bytesReceived: 1000, dataSegsIn: 1 });
    for (let ms = 10; ms <= 90; ms += 10) update(1n, ms, { bytesReceived: 1000 * ms, dataSegsIn: ms });
    expect(series[0]?.limitedUs.peer).toBe(0);
    meter.walk();
    expect(series[0]?.limitedUs.peer).toBe(90_000);
  });
});
