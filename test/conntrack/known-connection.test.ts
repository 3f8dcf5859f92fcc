import { describe, expect, it } from 'vitest';
import { connectionOfFlow, endsKey, type Flow, type KnownConnection, TcpConntrack } from '../../conntrack/index.js';
import { AF_INET } from '../../netlink/index.js';

const flow = (state: number, startTimeNs?: bigint): Flow => ({
  family: AF_INET,
  orig: { protocol: 6, src: '10.77.0.1', sport: 5, dst: '10.77.0.2', dport: 443 },
  reply: { protocol: 6, src: '10.77.0.2', sport: 443, dst: '10.77.0.1', dport: 5 },
  tcp: { state },
  ...(startTimeNs === undefined ? {} : { startTimeNs }),
});
const open = (startUs: number): KnownConnection => ({ isOpen: true, startUs, closedUs: null });
const closed = (startUs: number, closedUs: number): KnownConnection => ({ isOpen: false, startUs, closedUs });
const { SYN_SENT, ESTABLISHED, TIME_WAIT } = TcpConntrack;

describe('the connection of a flow', () => {
  it('is the open one, whichever comes first', () => {
    const [before, now] = [closed(1, 2), open(3)];
    for (const state of [ESTABLISHED, TIME_WAIT]) {
      expect(connectionOfFlow(flow(state), undefined, now)).toBe(now);
      expect(connectionOfFlow(flow(state), now, before)).toBe(now);
    }
    expect(connectionOfFlow(flow(TIME_WAIT), before, now)).toBe(now);
  });

  it('is the last closed one of a flow that has ended', () => {
    const [first, last] = [closed(1, 2), closed(3, 4)];
    expect(connectionOfFlow(flow(TIME_WAIT), first, last)).toBe(last);
    expect(connectionOfFlow(flow(TIME_WAIT), last, first)).toBe(last);
  });

  it('is no closed one of a flow that goes on, or that began after its end', () => {
    const earlier = closed(1, 2);
    for (const state of [SYN_SENT, ESTABLISHED]) {
      expect(connectionOfFlow(flow(state), undefined, earlier)).toBeUndefined();
    }
    expect(connectionOfFlow(flow(TIME_WAIT, 3000n), undefined, earlier)).toBeUndefined();
    expect(connectionOfFlow(flow(TIME_WAIT, 2000n), undefined, earlier)).toBe(earlier);
  });

  it('is found by a key of both ends, which no other ends have', () => {
    const end = (address: string, port: number | null) => ({ address, port });
    expect(endsKey(end('10.0.0.1', 5), end('10.0.0.2', 443))).toBe(endsKey(end('10.0.0.1', 5), end('10.0.0.2', 443)));
    expect(endsKey(end('10.0.0.1', 5), end('10.0.0.2', 443))).not.toBe(
      endsKey(end('10.0.0.2', 443), end('10.0.0.1', 5)),
    );
    expect(endsKey(end('10.0.0.1', null), end('10.0.0.2', 1))).not.toBe(
      endsKey(end('10.0.0.1', 1), end('10.0.0.2', null)),
    );
  });
});
