import { describe, expect, it } from 'vitest';
import { type GetSockRequest, INET_DIAG_SKMEMINFO } from '../../../inetdiag/index.js';
import { SockDiagError } from '../../../inetdiag/kernel/index.js';
import { NetworkAnswers, type NetworkAnswersOptions } from '../../../live/machine/index.js';
import { createLogger } from '../../../log/index.js';
import { TcpState } from '../../../tcp/index.js';
import { buildMessage } from '../../support/messages.js';
import { sample, testMetrics } from '../../support/metric.js';

const { LISTEN, SYN_RECV } = TcpState;

/** Builds the message of a listening socket. */
function listener(sport: number, queued: number, backlog: number, drops?: number): Uint8Array {
  const memory = Buffer.alloc(drops === undefined ? 32 : 36);
  if (drops !== undefined) memory.writeUInt32LE(drops, 32);
  return buildMessage({
    ...{ type: 18, state: LISTEN, sport, dport: 0, rqueue: queued, wqueue: backlog, dst: new Uint8Array(16) },
    attributes: [{ type: INET_DIAG_SKMEMINFO, payload: memory }],
  });
}

const FILES: Readonly<Record<string, string>> = {
  '/proc/net/sockstat': 'TCP: inuse 5 orphan 3 tw 12 alloc 20 mem 7\n',
  '/proc/sys/net/ipv4/tcp_max_tw_buckets': '8192\n',
  '/proc/sys/net/ipv4/tcp_max_orphans': '131072\n',
  '/proc/sys/net/ipv4/tcp_mem': '10 20 30\n',
  '/proc/sys/net/netfilter/nf_conntrack_count': '12\n',
  '/proc/sys/net/netfilter/nf_conntrack_max': '262144\n',
  '/proc/net/snmp': 'Tcp: ActiveOpens\nTcp: 17\n',
};

function setUp(options: Partial<NetworkAnswersOptions> = {}) {
  const metrics = testMetrics();
  const log: string[] = [];
  const clock = { ms: 0, listingMs: 0 };
  const kernel: { listeners: Uint8Array[]; handshakes: Uint8Array[]; error?: Error; handshakeError?: Error } = {
    listeners: [],
    handshakes: [],
  };
  const sessions = { opened: 0, closed: 0 };
  const answers = new NetworkAnswers({
    ...{
      metrics,
      read: (path) => FILES[path],
      elapsedMs: () => clock.ms,
      nowMs: () => Date.UTC(2026, 10, 28) + clock.ms,
    },
    log: createLogger({ write: (line) => log.push(line) }),
    openSession: () => {
      sessions.opened++;
      return {
        async *list({ states }: GetSockRequest) {
          const isListening = (states & (1 << LISTEN)) !== 0;
          const error = isListening ? kernel.error : kernel.handshakeError;
          if (error !== undefined) throw error;
          clock.ms += clock.listingMs;
          yield isListening ? kernel.listeners : kernel.handshakes;
        },
        async close() {
          sessions.closed++;
        },
      };
    },
    ...options,
  });
  return { answers, kernel, clock, sessions, metrics, log };
}

describe('NetworkAnswers', () => {
  it('lists listeners with the fullest queue first', async () => {
    const { answers, kernel } = setUp();
    kernel.listeners = [listener(80, 0, 511, 0), listener(443, 129, 128, 4711), listener(22, 1, 127)];
    kernel.handshakes = [443, 443, 9].map((sport) => buildMessage({ sport, state: SYN_RECV }));
    const { listeners, unknown } = await answers.network();
    expect(listeners).toEqual({
      count: 3,
      sockets: [
        {
          localAddress: '192.0.2.1',
          localPort: 443,
          queued: 129,
          backlog: 128,
          fillRatio: 1,
          drops: 4711,
          halfOpen: 2,
        },
        {
          localAddress: '192.0.2.1',
          localPort: 22,
          queued: 1,
          backlog: 127,
          fillRatio: 1 / 128,
          drops: null,
          halfOpen: 0,
        },
        { localAddress: '192.0.2.1', localPort: 80, queued: 0, backlog: 511, fillRatio: 0, drops: 0, halfOpen: 0 },
      ],
    });
    expect(unknown.map(({ part }) => part)).toEqual(['localPorts']);
  });

  it('answers 1,000 listeners, and the number of all', async () => {
    const { answers, kernel } = setUp();
    kernel.listeners = Array.from({ length: 1001 }, (_, i) => listener(i + 1, i, 2000));
    const { listeners } = await answers.network();
    expect([listeners?.count, listeners?.sockets.length]).toEqual([1001, 1000]);
    expect(listeners?.sockets[0]?.localPort).toBe(1001);
  });

  it('answers sockets, memory in bytes, connection tracking and counters', async () => {
    const { sockets, memory, conntrack, counters, time } = await setUp().answers.network();
    expect(sockets).toEqual({ inUse: 5, timeWait: 12, maxTimeWait: 8192, orphans: 3, maxOrphans: 131_072 });
    const page = (memory?.usedBytes ?? 0) / 7;
    expect(memory).toEqual({ usedBytes: 7 * page, pressureBytes: 20 * page, maxBytes: 30 * page });
    expect(page).toBeGreaterThanOrEqual(4096);
    expect(conntrack).toEqual({ entries: 12, maxEntries: 262_144, drops: null, earlyDrops: null });
    expect(counters).toEqual({ activeOpens: 17 });
    expect(time).toBe('2026-11-28T00:00:00.000Z');
  });

  it('answers local ports by destination, with addresses as they may be shown', async () => {
    const limits: number[] = [];
    const destination = { localAddress: '10.0.0.1', remoteAddress: '192.0.2.7', remotePort: 443, ports: 9 };
    const { answers } = setUp({
      shownAddress: (address) => address.replace(/\d+$/, '0'),
      localPorts: {
        figures: () => ({ ports: 28_232, used: 12, usedToBusiest: 9 }),
        destinations: {
          destinationCount: 4,
          busiest: (limit) => {
            limits.push(limit);
            return [destination];
          },
        },
      },
    });
    const { localPorts, unknown } = await answers.network();
    const shown = { ...destination, localAddress: '10.0.0.0', remoteAddress: '192.0.2.0' };
    const figures = { ports: 28_232, used: 12, usedToBusiest: 9, destinationCount: 4 };
    expect(localPorts).toEqual({ ...figures, destinations: [shown] });
    expect([limits, unknown]).toEqual([[100], []]);
  });

  it('makes one reading a second for all clients together, and none when no client asks', async () => {
    const { answers, clock, sessions } = setUp();
    expect(sessions.opened).toBe(0);
    const [first, second] = await Promise.all([answers.network(), answers.network()]);
    expect(second).toBe(first);
    clock.ms = 999;
    expect(await answers.network()).toBe(first);
    clock.ms = 1000;
    expect(await answers.network()).not.toBe(first);
    expect(sessions).toEqual({ opened: 2, closed: 2 });
  });

  it('rests longer after a reading that took long', async () => {
    const { answers, clock, sessions } = setUp();
    clock.listingMs = 100;
    await answers.network();
    expect(clock.ms).toBe(200);
    clock.ms = 200 + 20 * 200 - 1;
    await answers.network();
    expect(sessions.opened).toBe(1);
    clock.ms++;
    await answers.network();
    expect(sessions.opened).toBe(2);
  });

  it('says why something is unknown, counts a refusal and logs it once', async () => {
    const { answers, kernel, clock, metrics, log, sessions } = setUp({ read: () => undefined });
    kernel.error = new SockDiagError('list sockets: the kernel has no inet_diag for TCP', 'ERR_NO_MODULE', 2);
    const answer = await answers.network();
    expect(answer).toMatchObject({ listeners: null, localPorts: null, sockets: null, memory: null, conntrack: null });
    const reasons = new Map(answer.unknown.map(({ part, reason }) => [part, reason]));
    expect(reasons.get('listeners')).toBe('list sockets: the kernel has no inet_diag for TCP');
    expect(reasons.get('localPorts')).toMatch(/-metrics\.disable=ephemeral/);
    expect([...reasons.keys()].toSorted()).toEqual(
      ['conntrack', 'counters', 'listeners', 'localPorts', 'memory', 'sockets'].toSorted(),
    );
    clock.ms = 5000;
    await answers.network();
    expect(await sample(metrics, 'tcpinfo_error_total', { type: 'network listeners ERR_NO_MODULE' })).toBe(2);
    expect(log.filter((line) => line.includes('cannot be listed'))).toHaveLength(1);
    expect(sessions).toEqual({ opened: 2, closed: 2 });
  });

  it('answers listeners where handshakes are not listed', async () => {
    const { answers, kernel } = setUp();
    kernel.listeners = [listener(80, 0, 511)];
    kernel.handshakeError = new SockDiagError('list sockets: the kernel refuses (EBUSY)', 'ERR_KERNEL', 16);
    const { listeners, unknown } = await answers.network();
    expect(listeners?.sockets[0]?.halfOpen).toBeNull();
    expect(unknown).toContainEqual({ part: 'halfOpen', reason: 'list sockets: the kernel refuses (EBUSY)' });
  });

  it('names limits that only the first network namespace shows', async () => {
    const { answers } = setUp({ read: (path) => (/orphans|tcp_mem/.test(path) ? undefined : FILES[path]) });
    const { sockets, memory, unknown } = await answers.network();
    expect([sockets?.maxOrphans, memory?.maxBytes, memory?.pressureBytes]).toEqual([null, null, null]);
    expect(unknown.map(({ part }) => part)).toEqual(['localPorts', 'maxOrphans', 'memoryBounds']);
    expect(unknown[1]?.reason).toMatch(/tcp_max_orphans is readable only in the first network namespace/);
  });

  it('fails with a defect of its own, and reads again later', async () => {
    const { answers, kernel, clock, sessions } = setUp();
    kernel.error = new TypeError('a defect');
    await expect(answers.network()).rejects.toThrow('a defect');
    delete kernel.error;
    clock.ms = 1000;
    expect((await answers.network()).listeners).toEqual({ count: 0, sockets: [] });
    expect(sessions).toEqual({ opened: 2, closed: 2 });
  });
});
