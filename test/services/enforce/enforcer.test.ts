import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparableAddress, parsePrefix } from '../../../inetdiag/index.js';
import { parseAddress } from '../../../netlink/index.js';
import { type LimitOptions, NO_LIMITS } from '../../../services/config/index.js';
import { type EnforcedConnection, Enforcer, Pace } from '../../../services/enforce/index.js';
import { ServiceLimits } from '../../../services/limits/index.js';

interface Connection extends EnforcedConnection {
  lastReadMs: number;
  lastWriteMs: number;
}

function connect(ip: string, appearedNs: number, cookie: bigint, isProtected = false): Connection {
  const parsed = parseAddress(ip);
  if (parsed === undefined) throw new TypeError(`no address: ${ip}`);
  const ms = appearedNs / 1e6;
  return {
    clientAddress: comparableAddress(parsed.bytes, parsed.family),
    cookie,
    appearedNs,
    acceptedMs: ms,
    lastReadMs: ms,
    lastWriteMs: ms,
    isHalfClosed: false,
    isProtected,
  };
}

function service(options: Partial<LimitOptions>): ServiceLimits<Connection> {
  return new ServiceLimits<Connection>({ ...NO_LIMITS, ...options });
}

const opens = (limits: ServiceLimits<Connection>, connections: readonly Connection[]) => ({
  ends: [],
  opens: connections.map((connection) => ({ connection, limits })),
});

/** Returns what is to be destroyed now, as cookie and reason. */
function destroys(enforcer: Enforcer<Connection>, nowMs = 0): string[] {
  return enforcer.next(nowMs).map(({ connection, reason }) => `${connection.cookie} ${reason}`);
}

describe('Enforcer', () => {
  it('ends the newest connections by appearance, ties by cookie, whatever their order in the batch', () => {
    const limits = service({ connLimit: 2 });
    const enforcer = new Enforcer<Connection>();
    const [a, b, c, d] = [
      connect('10.0.0.1', 5, 9n),
      connect('10.0.0.2', 7, 3n),
      connect('10.0.0.3', 7, 2n),
      connect('10.0.0.4', 9, 1n),
    ];
    enforcer.take(opens(limits, [d, b, a, c]), 0);
    expect(destroys(enforcer)).toEqual(['3 conn_limit', '1 conn_limit']);
    expect([enforcer.isDoomed(b), enforcer.isDoomed(a), limits.counts.connections]).toEqual([true, false, 2]);
  });

  it('counts ends of a batch before its opens', () => {
    const limits = service({ connLimit: 1 });
    const enforcer = new Enforcer<Connection>();
    const [a, b] = [connect('10.0.0.1', 1, 1n), connect('10.0.0.1', 2, 2n)];
    enforcer.take(opens(limits, [a]), 0);
    enforcer.take({ ends: [a], opens: [{ connection: b, limits }] }, 10);
    expect([destroys(enforcer, 10), limits.counts.connections]).toEqual([[], 1]);
  });

  it('the place of a connection that is to be ended is not counted', () => {
    const limits = service({ ipConnLimit: 1 });
    const enforcer = new Enforcer<Connection>();
    const [a, b, c] = [connect('10.0.0.1', 1, 1n), connect('10.0.0.1', 2, 2n), connect('10.0.0.1', 3, 3n)];
    enforcer.take(opens(limits, [a, b]), 0);
    enforcer.take({ ends: [a], opens: [{ connection: c, limits }] }, 5);
    expect(destroys(enforcer, 5)).toEqual(['2 ip_conn_limit']);
    // The end of the destroyed one frees no place.
    enforcer.take({ ends: [b], opens: [] }, 6);
    expect([limits.counts.connections, enforcer.doomed]).toEqual([1, 0]);
  });

  it('never ends a connection that was there before by a count', () => {
    const limits = service({ connLimit: 1, ipLimit: 1, ipConnLimit: 1 });
    const enforcer = new Enforcer<Connection>();
    const before = [1n, 2n, 3n].map((cookie) => connect(`10.0.0.${cookie}`, 0, cookie, true));
    enforcer.take(opens(limits, before), 0);
    expect([destroys(enforcer), limits.counts.connections]).toEqual([[], 3]);
    enforcer.take(opens(limits, [connect('10.0.0.1', 9, 4n)]), 9);
    expect(destroys(enforcer, 9)).toEqual(['4 ip_conn_limit']);
  });

  it('ends a connection that was there before by its address and by its idle time', () => {
    const blacklist = [parsePrefix('10.0.0.1') ?? expect.fail()];
    const limits = service({ blacklist, maxIdleMs: 100 });
    const enforcer = new Enforcer<Connection>();
    enforcer.take(opens(limits, [connect('10.0.0.1', 0, 1n, true), connect('10.0.0.2', 0, 2n, true)]), 0);
    enforcer.due(limits, 100);
    expect(destroys(enforcer, 100)).toEqual(['1 blacklist', '2 idle']);
    enforcer.due(limits, 200);
    expect(destroys(enforcer, 200)).toEqual([]);
  });

  it('evicts the one that is idle longest', () => {
    const limits = service({ connLimit: 2, whenFull: 'evict_idle' });
    const enforcer = new Enforcer<Connection>();
    const [a, b] = [connect('10.0.0.1', 1e6, 1n), connect('10.0.0.2', 2e6, 2n)];
    enforcer.take(opens(limits, [a, b]), 3);
    a.lastReadMs = 5;
    enforcer.take(opens(limits, [connect('10.0.0.3', 6e6, 3n)]), 6);
    expect(destroys(enforcer, 6)).toEqual(['2 evicted']);
  });

  it('ends connections of an address that is refused while they are open', () => {
    const limits = service({});
    const enforcer = new Enforcer<Connection>();
    enforcer.take(opens(limits, [connect('10.0.0.1', 0, 1n), connect('10.0.0.2', 0, 2n)]), 0);
    enforcer.refuse(limits, limits.ban(parsePrefix('10.0.0.2') ?? expect.fail(), 1), 1);
    expect(destroys(enforcer, 1)).toEqual(['2 blacklist']);
  });

  it('hands out no more than the pace allows; the rest waits, unless it ends by itself', () => {
    const limits = service({ connLimit: 1 });
    const enforcer = new Enforcer<Connection>({ perSecond: 3 });
    const connections = Array.from({ length: 9 }, (_, i) => connect('10.0.0.1', i, BigInt(i)));
    enforcer.take(opens(limits, connections), 0);
    expect([destroys(enforcer, 0), enforcer.waiting]).toEqual([['1 conn_limit', '2 conn_limit', '3 conn_limit'], 5]);
    expect([destroys(enforcer, 999), enforcer.nextMs()]).toEqual([[], 1_000]);
    enforcer.take({ ends: connections.slice(4, 6), opens: [] }, 999);
    expect(destroys(enforcer, 1_000)).toEqual(['6 conn_limit', '7 conn_limit', '8 conn_limit']);
    expect([enforcer.waiting, enforcer.nextMs()]).toEqual([0, undefined]);
  });

  it('over ten thousand opens and ends, counts stay those of the clients', () => {
    const limits = service({ ipLimit: 50, ipConnLimit: 2 });
    const enforcer = new Enforcer<Connection>({ perSecond: 1e6 });
    const open: Connection[] = [];
    let rejected = 0;
    for (let batch = 0; batch < 200; batch++) {
      const fresh = Array.from({ length: 50 }, (_, i) => {
        const number = 50 * batch + i;
        return connect(`10.0.${number % 3}.${(number * 7) % 90}`, number, BigInt(number));
      });
      const ends = open.splice(0, open.length > 60 ? 40 : 0);
      enforcer.take({ ends, opens: fresh.map((connection) => ({ connection, limits })) }, batch);
      const ended = enforcer.next(batch).map(({ connection }) => connection);
      rejected += ended.length;
      open.push(...fresh.filter((each) => !ended.includes(each)));
      enforcer.take({ ends: ended, opens: [] }, batch);
      expect(limits.counts.connections).toBe(open.length);
      const byClient = new Map<string, number>();
      for (const each of open) {
        const { key } = limits.clientOf(each);
        byClient.set(key, (byClient.get(key) ?? 0) + 1);
      }
      expect(byClient.size).toBeLessThanOrEqual(50);
      expect(Math.max(...byClient.values())).toBeLessThanOrEqual(2);
      expect(new Map(Array.from(limits.counts.byClient(), ({ key, connections }) => [key, connections]))).toEqual(
        byClient,
      );
    }
    expect(rejected).toBeGreaterThan(100);
    expect(enforcer.doomed).toBe(0);
  });
});

describe('Pace', () => {
  it('allows at most so many events in any second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(fc.nat(400), { maxLength: 60 }), (perSecond, steps) => {
        const pace = new Pace(perSecond);
        const taken: number[] = [];
        let nowMs = 0;
        for (const step of steps) {
          nowMs += step;
          const inWindow = taken.filter((at) => at > nowMs - 1_000).length;
          const allowed = pace.take(nowMs);
          expect(allowed).toBe(inWindow < perSecond);
          if (allowed) taken.push(nowMs);
        }
      }),
    );
  });
});
