import { describe, expect, it } from 'vitest';
import { clientSilentMs, closeReason, reasonOfFailedConnect } from '../../forward/close-reason.js';
import { isDrainable } from '../../forward/drain.js';
import { LineBudget } from '../../forward/line-budget.js';
import { findLoop, leadsBack } from '../../forward/loops.js';
import { maxOpen, timeLimits } from '../../forward/relay-options.js';
import { Resolver } from '../../forward/resolver.js';
import { listeningInodes } from '../../host/port-owner.js';
import { RELAY_END_REASONS } from '../../native/relay-binding.js';
import { FORWARD_LIMITS, parseForwardArgument } from '../../services/config/index.js';
import { CLOSE_REASONS } from '../../services/limits/index.js';

describe('reason of an end', () => {
  it.each(RELAY_END_REASONS)('is one of the statistics for %s', (reason) => {
    expect(CLOSE_REASONS).toContain(closeReason(reason, undefined, FORWARD_LIMITS));
  });

  it('is that of the rule which ended the connection', () => {
    expect(closeReason('closed', 'evicted', FORWARD_LIMITS)).toBe('evicted');
    expect(closeReason('rejected', 'backend_refused', FORWARD_LIMITS)).toBe('backend_refused');
    expect(closeReason('client', 'evicted', FORWARD_LIMITS)).toBe('client');
  });

  it('is write_timeout for a client that acknowledges nothing, if there is one', () => {
    expect(closeReason('client-timeout', undefined, FORWARD_LIMITS)).toBe('write_timeout');
    expect(closeReason('client-timeout', undefined, { ...FORWARD_LIMITS, writeTimeoutMs: 0 })).toBe('error');
  });

  it('is idle for a silent client whose silence is what counts', () => {
    const read = { ...FORWARD_LIMITS, idleCounts: 'read', maxIdleMs: 5_000 } as const;
    expect(closeReason('client-silent', undefined, read)).toBe('idle');
    expect(closeReason('client-silent', undefined, { ...read, readTimeoutMs: 4_000 })).toBe('read_timeout');
    const silent = { ...FORWARD_LIMITS, readTimeoutMs: 600_000 };
    expect(closeReason('client-silent', undefined, silent)).toBe('read_timeout');
  });

  it.each([
    [111, 'backend_refused'],
    [104, 'backend_refused'],
    [110, 'backend_timeout'],
    [113, 'backend_error'],
  ])('of a connect that failed with errno %i is %s', (errno, reason) => {
    expect(reasonOfFailedConnect(errno)).toBe(reason);
  });
});

describe('limits of the relay', () => {
  it('count both directions, or only the client', () => {
    const limits = { ...FORWARD_LIMITS, maxIdleMs: 7_000, readTimeoutMs: 9_000 };
    expect(timeLimits(limits)).toEqual({ idleMs: 7_000, clientSilentMs: 9_000, halfClosedMs: 7_000, lifetimeMs: 0 });
    expect(timeLimits({ ...limits, idleCounts: 'read' })).toMatchObject({ idleMs: 0, clientSilentMs: 7_000 });
  });

  it('have no limit for a time of 0', () => {
    expect(clientSilentMs({ maxIdleMs: 0, readTimeoutMs: 0, idleCounts: 'read' })).toBe(0);
    expect(clientSilentMs({ maxIdleMs: 0, readTimeoutMs: 5, idleCounts: 'read' })).toBe(5);
  });

  it('keep clients in the backlog only with when_full: wait', () => {
    expect(maxOpen({ connLimit: 3, whenFull: 'wait' })).toBe(3);
    expect(maxOpen({ connLimit: 3, whenFull: 'reject' })).toBe(Number.POSITIVE_INFINITY);
    expect(maxOpen({ connLimit: 0, whenFull: 'wait' })).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('address of a backend that leads back', () => {
  const [direct, first, second, plain] = [
    ':80=web.example:80',
    ':81=web.example:82',
    ':82=127.0.0.1:81',
    ':83=web.example:9000',
  ].map(parseForwardArgument);
  if (!direct || !first || !second || !plain) throw new Error('no services');
  const all = [direct, first, second, plain];
  const known = {
    ofBackend: (host: string) => [host],
    isOwn: (address: string) => address === '10.0.0.5' || address === '127.0.0.1',
  };

  it('is that of this machine with a port of the service, or of one that leads to it', () => {
    expect(leadsBack(direct, '10.0.0.5', all, known)).toBe(true);
    expect(leadsBack(direct, '10.0.0.6', all, known)).toBe(false);
    expect(leadsBack(first, '10.0.0.5', all, known)).toBe(true);
    expect(leadsBack(first, '10.0.0.6', all, known)).toBe(false);
    expect(leadsBack(plain, '10.0.0.5', all, known)).toBe(false);
  });

  it('is found for a connection with the configuration of its accept', () => {
    expect(leadsBack({ ...direct, waitTimeoutMs: 1 }, '10.0.0.5', all, known)).toBe(true);
  });
});

describe('loop of backends', () => {
  const find = (...args: readonly string[]): readonly string[] | undefined =>
    findLoop(args.map(parseForwardArgument), {
      ofBackend: (host) => (host === 'self.example' ? ['10.0.0.1'] : host.includes('.example') ? [] : [host]),
      isOwn: (address) => address.startsWith('127.') || address === '::1' || address === '10.0.0.1',
    });

  it.each([
    [['7001=7001'], ['*:7001']],
    [['127.0.0.1:1=127.0.0.1:1'], ['127.0.0.1:1']],
    [['1=self.example:1'], ['*:1']],
    [['[::]:1=[::1]:1'], ['*:1']],
    [
      ['1=2', '2=127.0.0.2:3', '3=1'],
      ['*:1', '*:2', '*:3'],
    ],
    [
      ['5=1', '1=2', '2=1'],
      ['*:1', '*:2'],
    ],
  ])('is found in %j', (args, way) => {
    expect(find(...args)).toEqual(way);
  });

  it.each([
    [['7001=7002']],
    [['127.0.0.1:1=127.0.0.2:1']],
    [['1=192.0.2.1:1']],
    [['0.0.0.0:1=[::1]:1']],
    [['1=unknown.example:1']],
    [['1=2', '2=3']],
  ])('is not found in %j', (args) => {
    expect(find(...args)).toBeUndefined();
  });
});

describe('resolver', () => {
  it('asks once for connects at the same time, and again for later ones', async () => {
    let asked = 0;
    const resolver = new Resolver(async () => [`10.0.0.${++asked}`]);
    expect(resolver.addresses('192.0.2.1')).toEqual(['192.0.2.1']);
    expect(await Promise.all([resolver.addresses('a.example'), resolver.addresses('a.example')])).toEqual([
      ['10.0.0.1'],
      ['10.0.0.1'],
    ]);
    expect(await resolver.addresses('a.example')).toEqual(['10.0.0.2']);
  });
});

describe('budget of log lines', () => {
  it('lets some lines through per second, and says how many it left out', () => {
    let nowMs = 0;
    const budget = new LineBudget(2, () => nowMs);
    expect([budget.take(), budget.take(), budget.take(), budget.take()]).toEqual([0, 0, undefined, undefined]);
    nowMs = 1_000;
    expect([budget.take(), budget.take(), budget.take()]).toEqual([2, 0, undefined]);
  });
});

describe('a drained connection', () => {
  it('is idle after a second without bytes in both directions, and nothing that waits', () => {
    const connection = { isBusy: false, lastReadMs: 1_000, lastWriteMs: 2_000 };
    expect(isDrainable(connection, 2_999)).toBe(false);
    expect(isDrainable(connection, 3_000)).toBe(true);
    expect(isDrainable({ ...connection, isBusy: true }, 9_000)).toBe(false);
  });
});

describe('table of sockets', () => {
  it('shows the inodes of those that listen on a port', () => {
    const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 20 4 30 10 -1
   2: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0
`;
    expect(listeningInodes(table, 8080)).toEqual(['4711']);
    expect(listeningInodes(table, 443)).toEqual([]);
  });
});
