import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparableAddress, type Prefix, parsePrefix } from '../../../inetdiag/index.js';
import { parseAddress } from '../../../netlink/index.js';
import { IDLE_COUNTS, type LimitOptions, NO_LIMITS, WHEN_FULL } from '../../../services/config/index.js';
import {
  type Admission,
  clientOfText,
  MAX_BANS,
  ServiceLimits,
  type TimeReason,
  TooManyBansError,
} from '../../../services/limits/index.js';

interface Connection {
  readonly name: number;
  readonly ip: string;
  readonly clientAddress: Uint8Array;
  readonly acceptedMs: number;
  lastReadMs: number;
  lastWriteMs: number;
  unackedSinceMs: number | undefined;
  isHalfClosed: boolean;
  isProtected?: boolean;
}

function address(ip: string): Uint8Array {
  const parsed = parseAddress(ip);
  if (parsed === undefined) throw new TypeError(`no address: ${ip}`);
  return comparableAddress(parsed.bytes, parsed.family);
}

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new TypeError(`no prefix: ${text}`);
  return parsed;
}

let names = 0;
function connect(ip: string, acceptedMs = 0): Connection {
  names++;
  return {
    name: names,
    ip,
    clientAddress: address(ip),
    acceptedMs,
    lastReadMs: acceptedMs,
    lastWriteMs: acceptedMs,
    unackedSinceMs: undefined,
    isHalfClosed: false,
  };
}

function limits(options: Partial<LimitOptions>): ServiceLimits<Connection> {
  return new ServiceLimits<Connection>({ ...NO_LIMITS, ...options });
}

/** Returns the kinds of decisions on connections of these addresses, one after the other. */
function admitAll(of: ServiceLimits<Connection>, ips: readonly string[]): string[] {
  return ips.map((ip) => {
    const decision = of.admit(connect(ip), 0);
    return decision.kind === 'reject' ? decision.reason : decision.kind;
  });
}

describe('limits at N - 1, N and N + 1', () => {
  const same = (count: number): string[] => Array(count).fill('10.0.0.1');
  const distinct = (count: number): string[] => Array.from({ length: count }, (_, i) => `10.0.0.${i + 1}`);
  it.each([
    ['conn_limit', { connLimit: 3 }, distinct],
    ['conn_limit', { connLimit: 3 }, same],
    ['ip_limit', { ipLimit: 3 }, distinct],
    ['ip_conn_limit', { ipConnLimit: 3 }, same],
    ['conn_limit', { connLimit: 1 }, distinct],
  ] as const)('%s %j admits N', (reason, options, ips) => {
    const n = Math.max(...Object.values(options));
    expect(admitAll(limits(options), ips(n - 1))).toEqual(Array(n - 1).fill('admit'));
    expect(admitAll(limits(options), ips(n))).toEqual(Array(n).fill('admit'));
    const full = limits(options);
    expect(admitAll(full, ips(n + 1))).toEqual([...Array(n).fill('admit'), reason]);
    // One ends: one more is admitted, and no second one.
    const [first] = full.counts.all();
    if (first !== undefined) full.closed(first);
    expect(admitAll(full, [ips(1)[0] ?? '', ips(n + 1)[n] ?? ''])).toEqual(['admit', reason]);
  });

  it('further connections of an admitted client pass ip_limit', () => {
    expect(admitAll(limits({ ipLimit: 1 }), ['10.0.0.1', '10.0.0.1', '10.0.0.2'])).toEqual([
      'admit',
      'admit',
      'ip_limit',
    ]);
  });

  it('an IPv4-mapped address is the IPv4 client', () => {
    expect(admitAll(limits({ ipConnLimit: 1 }), ['10.0.0.1', '::ffff:10.0.0.1'])).toEqual(['admit', 'ip_conn_limit']);
  });

  it('ip_prefix makes one client of a network', () => {
    const of = limits({ ipConnLimit: 1, ipPrefix: { v4: 24, v6: 64 } });
    const ips = ['10.0.0.1', '10.0.0.2', '10.0.1.1', '2001:db8::1', '2001:db8::2', '2001:db8:0:1::1'];
    expect(admitAll(of, ips)).toEqual(['admit', 'ip_conn_limit', 'admit', 'admit', 'ip_conn_limit', 'admit']);
    expect(Array.from(of.counts.byClient(), ({ key }) => key)).toEqual([
      '10.0.0.0/24',
      '10.0.1.0/24',
      '2001:db8::/64',
      '2001:db8:0:1::/64',
    ]);
    expect(clientOfText('fe80::1%eth0', { v4: 32, v6: 128 })?.key).toBe('fe80::1');
    expect(clientOfText('no', { v4: 32, v6: 128 })).toBeUndefined();
  });

  it('conn_limit makes connections wait, and counts them after one ended', () => {
    const of = limits({ connLimit: 2, whenFull: 'wait' });
    expect(admitAll(of, ['10.0.0.1', '10.0.0.2', '10.0.0.3'])).toEqual(['admit', 'admit', 'wait']);
    expect([of.isWaiting, of.counts.connections]).toEqual([true, 2]);
    const [first] = of.counts.all();
    if (first !== undefined) of.closed(first);
    expect(of.isWaiting).toBe(false);
    expect(admitAll(of, ['10.0.0.3'])).toEqual(['admit']);
  });

  it('evict_idle ends the connection without data for longest', () => {
    const of = limits({ connLimit: 2, whenFull: 'evict_idle' });
    const [a, b, c] = [connect('10.0.0.1', 0), connect('10.0.0.2', 10), connect('10.0.0.3', 30)];
    of.admit(a, 0);
    of.admit(b, 10);
    a.lastWriteMs = 20;
    expect(of.admit(c, 30)).toEqual({ kind: 'evict', victim: b, reason: 'conn_limit' });
    expect(of.counts.connections).toBe(2);
    expect(of.closed(b)).toBe(false);
  });

  it("evict_idle at ip_conn_limit ends one of the client's own", () => {
    const of = limits({ ipConnLimit: 1, connLimit: 9, whenFull: 'evict_idle' });
    const [a, b, c] = [connect('10.0.0.1'), connect('10.0.0.2'), connect('10.0.0.2')];
    for (const each of [a, b]) of.admit(each, 0);
    expect(of.admit(c, 30)).toEqual({ kind: 'evict', victim: b, reason: 'ip_conn_limit' });
  });

  it('evict_idle ends no protected connection', () => {
    const of = limits({ connLimit: 1, ipConnLimit: 1, whenFull: 'evict_idle' });
    of.adopt({ ...connect('10.0.0.1'), isProtected: true }, 0);
    expect(admitAll(of, ['10.0.0.1', '10.0.0.2'])).toEqual(['ip_conn_limit', 'conn_limit']);
  });
});

describe('refused addresses', () => {
  it('blacklist, allowlist and stop refuse', () => {
    const of = limits({ blacklist: [prefix('10.0.0.0/8')], allowlist: [prefix('10.0.0.0/7'), prefix('::/0')] });
    const ips = ['10.1.2.3', '11.0.0.1', '12.0.0.1', '2001:db8::1', '::ffff:10.0.0.1'];
    expect(admitAll(of, ips)).toEqual(['blacklist', 'admit', 'allowlist', 'admit', 'blacklist']);
    of.stop();
    expect([of.isStopping, ...admitAll(of, ['11.0.0.1'])]).toEqual([true, 'stopping']);
    of.resume();
    expect(admitAll(of, ['11.0.0.1'])).toEqual(['admit']);
  });

  it('a ban ends open connections, and expires', () => {
    const of = limits({});
    const [a, b] = [connect('10.0.0.1'), connect('10.0.1.1')];
    for (const each of [a, b]) of.admit(each, 0);
    expect(of.ban(prefix('10.0.0.0/24'), 1_000, 500)).toEqual([a]);
    expect(of.bans.list(1_000)).toEqual([{ prefix: '10.0.0.0/24', untilMs: 1_500 }]);
    expect(of.admit(connect('10.0.0.9'), 1_499)).toMatchObject({ reason: 'blacklist' });
    expect(of.admit(connect('10.0.0.9'), 1_500)).toMatchObject({ kind: 'admit' });
    expect(of.release(prefix('10.0.0.0/24'), 1_500)).toBe(false);
    of.ban(prefix('10.0.0.0/24'), 2_000);
    expect(of.bans.list(9e9)).toEqual([{ prefix: '10.0.0.0/24', untilMs: undefined }]);
    expect(of.release(prefix('10.0.0.0/25'), 9e9)).toBe(false);
    expect(of.release(prefix('10.0.0.0/24'), 9e9)).toBe(true);
    expect(of.bans.size).toBe(0);
  });

  it('expired bans make room for others', () => {
    const of = limits({});
    const at = (i: number): Prefix => prefix(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
    for (let i = 0; i < MAX_BANS; i++) of.bans.ban(at(i), 0, 1_000);
    expect(() => of.ban(prefix('11.0.0.1'), 999, 1)).toThrow(TooManyBansError);
    of.ban(prefix('11.0.0.1'), 1_000, 1);
    expect(of.bans.size).toBe(1);
    of.due(20_000);
    expect(of.bans.size).toBe(0);
  });

  it('a new configuration holds its lists for open connections, its counts for new ones', () => {
    const of = limits({});
    const [a, b, c] = [connect('10.0.0.1'), connect('10.0.0.2'), connect('10.0.0.2')];
    for (const each of [a, b, c]) of.admit(each, 0);
    const next = { ...NO_LIMITS, blacklist: [prefix('10.0.0.1')], ipConnLimit: 1, maxIdleMs: 100 };
    expect(of.reconfigure(next, 50)).toEqual([a]);
    expect(of.counts.connections).toBe(3);
    expect(admitAll(of, ['10.0.0.2'])).toEqual(['ip_conn_limit']);
    expect(of.due(100).map(({ connection }) => connection)).toEqual(expect.arrayContaining([a, b, c]));
  });
});

describe('times', () => {
  it('max_idle starts at accept: a client that never sends is ended then, not before', () => {
    const of = limits({ maxIdleMs: 1_000 });
    const a = connect('10.0.0.1', 5_000);
    of.admit(a, 5_000);
    expect([of.nextDueMs(), of.due(5_999), of.due(6_000)]).toEqual([6_000, [], [{ connection: a, reason: 'idle' }]]);
    expect(of.due(9_000)).toEqual([]);
    of.postpone(a);
    expect(of.due(9_000)).toHaveLength(1);
    of.closed(a);
    of.postpone(a);
    expect([of.due(9e9), of.nextDueMs()]).toEqual([[], undefined]);
  });

  it('a download is not idle, unless only reads count', () => {
    for (const [idleCounts, count] of [
      ['any', 0],
      ['read', 1],
    ] as const) {
      const of = limits({ maxIdleMs: 1_000, idleCounts });
      const a = connect('10.0.0.1');
      of.admit(a, 0);
      a.lastWriteMs = 900;
      expect(of.due(1_000)).toHaveLength(count);
    }
  });

  it('a half-closed pair ends after max_idle without data in both directions, not by read_timeout', () => {
    const of = limits({ maxIdleMs: 1_000, readTimeoutMs: 100, idleCounts: 'read' });
    const a = connect('10.0.0.1');
    of.admit(a, 0);
    a.isHalfClosed = true;
    a.lastWriteMs = 900;
    expect(of.due(1_899)).toEqual([]);
    expect(of.due(1_900)).toEqual([{ connection: a, reason: 'idle' }]);
  });

  it('lifetime, read_timeout and write_timeout end connections', () => {
    const reasonAt = (
      options: Partial<LimitOptions>,
      nowMs: number,
      change: Partial<Connection> = {},
    ): TimeReason[] => {
      const of = limits(options);
      const a = connect('10.0.0.1');
      of.admit(a, 0);
      Object.assign(a, change);
      return of.due(nowMs).map(({ reason }) => reason);
    };
    expect(reasonAt({ maxLifetimeMs: 50 }, 49, { lastReadMs: 49 })).toEqual([]);
    expect(reasonAt({ maxLifetimeMs: 50 }, 50, { lastReadMs: 49 })).toEqual(['lifetime']);
    expect(reasonAt({ readTimeoutMs: 50 }, 50, { lastWriteMs: 49 })).toEqual(['read_timeout']);
    expect(reasonAt({ readTimeoutMs: 50 }, 50, { lastReadMs: 1 })).toEqual([]);
    expect(reasonAt({ writeTimeoutMs: 50 }, 90, {})).toEqual([]);
    expect(reasonAt({ writeTimeoutMs: 50 }, 90, { unackedSinceMs: 40 })).toEqual(['write_timeout']);
    expect(reasonAt({ writeTimeoutMs: 50 }, 89, { unackedSinceMs: 40 })).toEqual([]);
  });
});

/** Simple model: lists, and every rule as the documents say it. */
class Model {
  readonly open: Connection[] = [];
  readonly bans = new Map<string, number>();
  readonly given = new Set<Connection>();

  constructor(readonly options: LimitOptions) {}

  admit(connection: Connection, nowMs: number): Admission<Connection>['kind'] | string {
    const { connLimit, ipLimit, ipConnLimit, whenFull } = this.options;
    if ([...this.bans].some(([ip, until]) => ip === connection.ip && until > nowMs)) return 'blacklist';
    const own = this.open.filter(({ ip }) => ip === connection.ip);
    const ips = new Set(this.open.map(({ ip }) => ip));
    let victims: Connection[] | undefined;
    if (ipLimit > 0 && own.length === 0 && ips.size + 1 > ipLimit) return 'ip_limit';
    if (ipConnLimit > 0 && own.length + 1 > ipConnLimit) {
      if (whenFull !== 'evict_idle') return 'ip_conn_limit';
      victims = own;
    } else if (connLimit > 0 && this.open.length + 1 > connLimit) {
      if (whenFull === 'wait') return 'wait';
      if (whenFull === 'reject') return 'conn_limit';
      victims = this.open;
    }
    if (victims !== undefined) return `evict ${Math.min(...victims.map(lastData))}`;
    this.open.push(connection);
    return 'admit';
  }

  due(nowMs: number): Connection[] {
    const { maxIdleMs, idleCounts, maxLifetimeMs, readTimeoutMs, writeTimeoutMs } = this.options;
    const due = this.open.filter((each) => {
      const idleSince = idleCounts === 'read' && !each.isHalfClosed ? each.lastReadMs : lastData(each);
      return (
        !this.given.has(each) &&
        ((maxIdleMs > 0 && nowMs - idleSince >= maxIdleMs) ||
          (maxLifetimeMs > 0 && nowMs - each.acceptedMs >= maxLifetimeMs) ||
          (readTimeoutMs > 0 && !each.isHalfClosed && nowMs - each.lastReadMs >= readTimeoutMs) ||
          (writeTimeoutMs > 0 && each.unackedSinceMs !== undefined && nowMs - each.unackedSinceMs >= writeTimeoutMs))
      );
    });
    for (const each of due) this.given.add(each);
    return due;
  }

  remove(connection: Connection): void {
    this.open.splice(this.open.indexOf(connection), 1);
  }
}

function lastData({ lastReadMs, lastWriteMs }: Connection): number {
  return Math.max(lastReadMs, lastWriteMs);
}

describe('ServiceLimits against a model', () => {
  const options = fc.record({
    connLimit: fc.nat(5),
    ipLimit: fc.nat(3),
    ipConnLimit: fc.nat(3),
    whenFull: fc.constantFrom(...WHEN_FULL),
    maxIdleMs: fc.constantFrom(0, 20, 50),
    idleCounts: fc.constantFrom(...IDLE_COUNTS),
    maxLifetimeMs: fc.constantFrom(0, 80),
    readTimeoutMs: fc.constantFrom(0, 30),
    writeTimeoutMs: fc.constantFrom(0, 25),
  });
  const operation = fc.record({
    kind: fc.constantFrom(
      'open',
      'open',
      'open',
      'close',
      'read',
      'write',
      'wait',
      'ack',
      'half',
      'due',
      'ban',
      'release',
    ),
    at: fc.nat(40),
    ip: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3', '2001:db8::1'),
    laterMs: fc.nat(10),
  });

  it('decides as the rules say, over opens, ends, data and time', () => {
    fc.assert(
      fc.property(options, fc.array(operation, { maxLength: 150 }), (drawn, operations) => {
        const of = limits(drawn);
        const model = new Model({ ...NO_LIMITS, ...drawn });
        let nowMs = 0;
        for (const { kind, at, ip, laterMs } of operations) {
          nowMs += laterMs;
          const some = model.open[at % Math.max(1, model.open.length)];
          if (kind === 'open') {
            const connection = connect(ip, nowMs);
            const decision = of.admit(connection, nowMs);
            const expected = model.admit(connection, nowMs);
            if (decision.kind === 'evict') {
              expect(`evict ${lastData(decision.victim)}`).toBe(expected);
              model.remove(decision.victim);
              model.open.push(connection);
            } else {
              expect(decision.kind === 'reject' ? decision.reason : decision.kind).toBe(expected);
            }
          } else if (kind === 'due') {
            const due = of.due(nowMs).map(({ connection }) => connection.name);
            expect(new Set(due)).toEqual(new Set(model.due(nowMs).map(({ name }) => name)));
          } else if (kind === 'ban') {
            const ended = of.ban(prefix(ip), nowMs, 50);
            model.bans.set(ip, nowMs + 50);
            const refused = model.open.filter((each) => (model.bans.get(each.ip) ?? 0) > nowMs);
            expect(new Set(ended)).toEqual(new Set(refused));
          } else if (kind === 'release') {
            expect(of.release(prefix(ip), nowMs)).toBe((model.bans.get(ip) ?? 0) > nowMs);
            model.bans.delete(ip);
          } else if (some !== undefined) {
            if (kind === 'close') {
              model.remove(some);
              expect(of.closed(some)).toBe(true);
            } else if (kind === 'read') some.lastReadMs = nowMs;
            else if (kind === 'write') {
              some.lastWriteMs = nowMs;
              some.unackedSinceMs ??= nowMs;
            } else if (kind === 'ack') some.unackedSinceMs = undefined;
            else if (kind === 'half') some.isHalfClosed = true;
          }
          expect(of.counts.connections).toBe(model.open.length);
          expect(of.counts.clients).toBe(new Set(model.open.map((each) => each.ip)).size);
          const next = of.nextDueMs();
          const model2 = new Model(model.options);
          model2.open.push(...model.open.filter((each) => !model.given.has(each)));
          // Nothing is due before the time that was named.
          if (model2.due(nowMs).length > 0) expect(next).toBeLessThanOrEqual(nowMs);
        }
      }),
      { numRuns: 400 },
    );
  });
});
