import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAEMON } from '../support/daemon.js';
import { createNamespacePair, haveNamespaces, type NamespacePair } from '../support/namespaces.js';
import { programEnvironment } from '../support/program-environment.js';
import { havePrograms } from '../support/programs.js';

const SCRIPT = join(import.meta.dirname, '../support/forward-scenarios.mjs');
const isPossible = haveNamespaces('tcp-info forward') && havePrograms('tcp-info forward', 'prlimit', 'ss');

/** Clients' addresses: last numbers of 127.0.0.N, or IPv6 addresses. */
type Clients = readonly (number | string)[];

describe.runIf(isPossible)('tcp-info forward', () => {
  let pair: NamespacePair;
  let folder: string;
  beforeAll(() => {
    pair = createNamespacePair();
    folder = mkdtempSync(join(tmpdir(), 'tcp-info-forward-test-'));
  });
  afterAll(() => {
    pair.remove();
    rmSync(folder, { recursive: true });
  });

  /** Runs a scenario inside a namespace, and returns what it saw. */
  function run(name: string, ...args: readonly string[]): Record<string, unknown> {
    const command = ['timeout', '90', 'env', `DUMP_FOLDER=${folder}`, process.execPath, SCRIPT, name, ...args];
    const [file = '', ...argv] = command;
    const output = pair.near.run(file, ...argv);
    return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
  }

  const limited = (options: object, clients: Clients): Record<string, unknown> =>
    run('limit', JSON.stringify(options), JSON.stringify(clients));

  describe('limit of two', () => {
    it.each([
      ['conn_limit with reject', { conn_limit: 2, when_full: 'reject' }, [2, 3, 4], 'conn_limit'],
      ['ip_limit', { ip_limit: 2 }, [2, 3, 4], 'ip_limit'],
      ['ip_conn_limit', { ip_conn_limit: 2 }, [2, 2, 2], 'ip_conn_limit'],
    ] as const)('%s admits one and two, and rejects the third', (_, options, clients, reason) => {
      expect(limited(options, clients)).toEqual({
        code: 0,
        first: ['echo', 'echo', 'ECONNRESET'],
        after: ['gone', 'served', 'gone'],
        sessions: ['client', 'client'],
        rejected: [reason],
      });
    });

    describe.each([
      ['IPv4 on an IPv6 listener', [2, 3, 4]],
      ['IPv6', ['fd99::2', 'fd99:0:0:1::2', 'fd99:0:0:2::2']],
    ] as const)('%s', (_, [one, two, three]) => {
      it.each([
        ['conn_limit with reject', { conn_limit: 2, when_full: 'reject' }, [one, two, three], 'conn_limit'],
        ['ip_limit', { ip_limit: 2 }, [one, two, three], 'ip_limit'],
        ['ip_conn_limit', { ip_conn_limit: 2 }, [one, one, one], 'ip_conn_limit'],
      ] as const)('%s admits one and two, and rejects the third', (_name, options, clients, reason) => {
        expect(limited({ ...options, listen_ip: '*' }, clients)).toEqual({
          code: 0,
          first: ['echo', 'echo', 'ECONNRESET'],
          after: ['gone', 'served', 'gone'],
          sessions: ['client', 'client'],
          rejected: [reason],
        });
      });
    });

    it('admits one with a limit of one, and not two', () => {
      for (const options of [{ conn_limit: 1, when_full: 'reject' }, { ip_limit: 1 }]) {
        expect(limited(options, [2, 3])).toMatchObject({ first: ['echo', 'ECONNRESET'] });
      }
      expect(limited({ ip_conn_limit: 1 }, [2, 2, 3])).toMatchObject({ first: ['echo', 'ECONNRESET', 'echo'] });
    });

    it('conn_limit makes the third wait until one ends', () => {
      expect(limited({ conn_limit: 2 }, [2, 3, 4])).toMatchObject({
        first: ['echo', 'echo', 'waits'],
        after: ['gone', 'served', 'served'],
        rejected: [],
      });
    });

    it('conn_limit with evict_idle ends the one that was idle longest', () => {
      expect(limited({ conn_limit: 2, when_full: 'evict_idle' }, [2, 3, 4])).toMatchObject({
        first: ['echo', 'echo', 'echo'],
        sessions: ['evicted', 'client', 'client'],
        rejected: [],
      });
    });

    it('ip_limit admits further connections of clients that are there', () => {
      expect(limited({ ip_limit: 2 }, [2, 3, 4, 3])).toMatchObject({ first: ['echo', 'echo', 'ECONNRESET', 'echo'] });
    });

    it('ip_conn_limit with evict_idle ends one of the same client', () => {
      expect(limited({ ip_conn_limit: 2, when_full: 'evict_idle' }, [2, 2, 3, 2])).toMatchObject({
        first: ['echo', 'echo', 'echo', 'echo'],
        sessions: ['evicted', 'client', 'client', 'client'],
      });
    });

    it('counts a prefix as one client', () => {
      expect(limited({ ip_limit: 1, ip_prefix: { v4: 30 } }, [4, 7, 8])).toMatchObject({
        first: ['echo', 'echo', 'ECONNRESET'],
      });
    });

    it('rejects with FIN if the service says so', () => {
      expect(limited({ conn_limit: 1, when_full: 'reject', reject: 'fin' }, [2, 3])).toMatchObject({
        first: ['echo', 'FIN'],
      });
    });

    it('admits only the allowed addresses', () => {
      expect(limited({ ip_allowlist: ['127.0.0.4/31'] }, [3, 4, 5, 6])).toMatchObject({
        first: ['ECONNRESET', 'echo', 'echo', 'ECONNRESET'],
        rejected: ['allowlist', 'allowlist'],
      });
    });
  });

  it('ends open connections whose address is refused after a reload, and no others', () => {
    expect(run('blacklist of open connections')).toEqual({
      first: ['ECONNRESET', 'echo', 'echo'],
      reloaded: true,
      eight: 'ECONNRESET',
      seven: 'echo',
      ended: ['blacklist'],
      again: ['ECONNRESET', 'echo'],
      code: 0,
    });
  });

  it.each([
    ['a silent client', { max_idle: 1 }, 'silent', 'idle'],
    ['a client that only receives, if only reads count', { max_idle: 1, idle_counts: 'read' }, 'receives', 'idle'],
    ['a silent client after read_timeout', { read_timeout: 1 }, 'receives', 'read_timeout'],
    ['a connection after max_lifetime', { max_lifetime: 1 }, 'sends', 'lifetime'],
  ])('ends %s in time', (_, options, behaviour, ended) => {
    const { seconds, ...seen } = run('times', JSON.stringify(options), behaviour);
    expect(seen).toEqual({ how: 'FIN', ended, code: 0 });
    expect(seconds).toBeGreaterThanOrEqual(0.9);
    expect(seconds).toBeLessThan(2);
  });

  it('does not end a client that only sends, which is not idle', () => {
    expect(run('times', '{"max_idle":1}', 'sends')).toMatchObject({ how: 'open' });
  });

  it('ends a client that takes nothing for write_timeout', () => {
    expect(run('write_timeout')).toEqual({ ended: 'write_timeout', isInTime: true, code: 0 });
  });

  it('refuses a reload that changes options of an open listener', () => {
    expect(run('options of an open listener')).toEqual({ refused: [true, true, false], code: 0 });
  });

  it('relays what a client sends after the FIN of the backend', () => {
    expect(run('half-close by the backend')).toEqual({
      greeting: 'greeting',
      isWhole: true,
      up: '3000000',
      ended: 'server',
      code: 0,
    });
  });

  it('waits for a late answer to a client that has sent FIN, whatever read_timeout', () => {
    expect(run('late answer to a half-closed client')).toEqual({
      how: 'FIN',
      text: 'answer',
      ended: 'client',
      code: 0,
    });
  });

  it.each(['client', 'backend'])('passes on a reset by the %s', (side) => {
    expect(run('reset', side)).toEqual({ seen: 'ECONNRESET', ended: 'reset', code: 0 });
  });

  it.each([
    ['rst', 'ECONNRESET'],
    ['fin', 'FIN'],
  ])('ends a client with %s when the backend refuses', (how, seen) => {
    expect(run('refusing backend', how)).toEqual({ seen, ended: 'backend_refused', told: 1, code: 0 });
  });

  it('passes on what a backend sends that closes first', () => {
    expect(run('backend closes first')).toEqual({ how: 'FIN', text: 'bye', ended: 'server', code: 0 });
  });

  it('sends a PROXY header of version 1 before the first byte, which is not counted', () => {
    const { first, source, up } = run('PROXY header', 'v1');
    expect(first).toBe(`PROXY TCP4 127.0.0.5 127.0.0.1 ${source} 7000\r\nhello`);
    expect(up).toBe('5');
  });

  it('sends a PROXY header of version 2 with the UUID of the connection', () => {
    const { first, uuid } = run('PROXY header', 'v2');
    const bytes = Buffer.from(String(first), 'hex');
    expect(bytes.subarray(0, 12).toString('hex')).toBe('0d0a0d0a000d0a515549540a');
    const end = 16 + bytes.readUInt16BE(14);
    expect(bytes.subarray(31, end).toString()).toBe(uuid);
    expect(bytes.subarray(end).toString()).toBe('hello');
  });

  it.runIf(havePrograms('PROXY headers for HAProxy', 'haproxy')).each([
    ['v1', '127.0.0.1', '127.0.0.6', '127.0.0.6'],
    ['v2', '127.0.0.1', '127.0.0.6', '127.0.0.6'],
    ['v1', '::1', '::1', '::1'],
    ['v2', '::1', '::1', '::1'],
    ['v2', '127.0.0.1', '*', '127.0.0.6'],
    ['v2', '127.0.0.1', '::1', '::1'],
  ])('sends a PROXY header that HAProxy reads: %s to %s, listening at %s', (version, host, listen, from) => {
    expect(run('PROXY header for HAProxy', version, host, listen, from)).toEqual({
      ...{ status: 200, source: from, destination: from, destinationPort: 7000, hasPort: true, code: 0 },
      hasUuid: version === 'v2',
    });
  });

  it('dumps bytes to a file of mode 0600, up to dump_max, and says what is left out', () => {
    const { text, ...seen } = run('dumps');
    expect(seen).toEqual({ code: 0, mode: '600', warned: true });
    expect(text).toMatch(/> 0\+10 "hello \\"you"\n.*\d+ bytes not dumped/);
  });

  it('prints the lines of gihnius/monconn with print_bytes', () => {
    const { lines } = run('print_bytes') as { readonly lines: readonly string[] };
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^S\[127\.0\.0\.1:7000\] \S+ R 127\.0\.0\.1:\d+ >>: \[\]byte\{0x78\}$/);
    expect(lines[1]).toMatch(/^S\[127\.0\.0\.1:7000\] \S+ W 127\.0\.0\.1:\d+ <<: \[\]byte\{0x78\}$/);
  });

  it('shows an IPv4 client of an IPv6 listener by its IPv4 address', () => {
    expect(run('mapped client')).toEqual({ answer: 'echo', client: '127.0.0.6', code: 0 });
  });

  it('restarts by --takeover refuse no client under load; without it a second start is refused', () => {
    expect(run('restarts under load')).toEqual({
      broken: [],
      hasLoad: true,
      codes: [0, 0, 0, 0, 0],
      refusedCode: 1,
      refusal: true,
    });
  }, 90_000);

  it('reloads under load without a lost byte, and a bad file changes nothing', () => {
    expect(run('reload under load')).toEqual({ broken: [], hasLoad: true, reloads: 10, refusal: true, code: 0 });
  });

  it.each([
    ['client', '127.0.0.9'],
    ['127.0.0.77', '127.0.0.77'],
    ['system', '127.0.0.1'],
  ])('connects to the backend with source: %s from %s', (source, from) => {
    expect(run('source', source)).toEqual({ answer: 'echo', from, code: 0 });
  });

  it.runIf(havePrograms('curl through tcp-info forward', 'curl'))(
    'relays two requests of curl on one connection, and a large answer whole',
    () => {
      expect(run('curl')).toEqual({ isWhole: true, connections: 1, code: 0 });
    },
  );

  it('counts evicted connections in metrics until they are closed', () => {
    expect(run('metrics of evicted connections')).toEqual({
      code: 0,
      open: [
        'tcpinfo_service_accepted_total{service="web"} 2',
        'tcpinfo_service_clients{service="web"} 2',
        'tcpinfo_service_connections{service="web"} 2',
      ],
    });
  });

  it('has metrics with bounded labels, and is not ready while it stops', () => {
    expect(run('metrics')).toEqual({
      code: 0,
      ready: 200,
      stopping: 503,
      connections: 1,
      clients: 1,
      accepted: 2,
      rejected: 1,
      closed: 1,
      received: 2,
      sent: 2,
      connects: 2,
      roundTrips: 1,
    });
  });

  it('shows statistics and obeys on its control socket, which only its owner can open', () => {
    expect(run('control')).toEqual({
      code: 0,
      first: { connections: 3, up: 3, ips: '127.0.0.2,127.0.0.3,127.0.0.4' },
      rejected: 1,
      twoEnd: 'ECONNRESET',
      again: ['ECONNRESET'],
      ban: ['127.0.0.2', true],
      released: true,
      closed: 2,
      idle: 1,
      drained: 200,
      draining: ['ECONNRESET'],
      undrained: ['echo'],
      wrong: [404, 405, 405, 404, 400, 400, 413],
      mode: '600',
      isRemoved: true,
    });
  });

  it('lets the connections of a removed service drain', () => {
    expect(run('removed service')).toEqual({
      busy: 'echo',
      refused: 'ECONNREFUSED',
      how: 'FIN',
      kept: 'echo',
      ended: ['drain', 'client'],
      code: 0,
    });
  });

  it('starts all listeners or none, and says who uses an address', () => {
    const { code, message, owner, port } = run('address in use');
    expect(code).toBe(1);
    expect(message).toBe(
      `tcp-info forward: service taken: listen on 127.0.0.1:${port}: address already in use (EADDRINUSE), by node (pid ${owner})`,
    );
  });

  it('serves every client in the end when descriptors are few', () => {
    expect(run('no descriptor left')).toEqual({ echoed: 60, isOver: true, code: 0 });
  });

  describe('stop', () => {
    it('ends at once without connections', () => {
      const { seconds, ...seen } = run('stop', '0', 'idle');
      expect(seen).toEqual({ code: 0, ends: {}, reasons: {}, refusesNew: true, last: true });
      expect(seconds).toBeLessThan(1);
    });

    it.each([1, 300])('ends %i idle connections at once with FIN', (count) => {
      const { seconds, ...seen } = run('stop', String(count), 'idle', '{"wait_timeout":30}');
      expect(seen).toMatchObject({ code: 0, ends: { FIN: count }, reasons: { drain: count }, refusesNew: true });
      expect(seconds).toBeLessThan(3);
    });

    it.each([1, 300])('gives %i busy connections wait_timeout, then FIN', (count) => {
      const { seconds, ...seen } = run('stop', String(count), 'busy');
      expect(seen).toMatchObject({ code: 0, ends: { FIN: count }, reasons: { drain: count }, last: true });
      expect(seconds).toBeGreaterThan(1.9);
      expect(seconds).toBeLessThan(5);
    });

    it('is at once at a second signal after 2 s, with exit code 1', () => {
      const { seconds, ...seen } = run('stop', '1', 'busy', '{"wait_timeout":30,"signals":["SIGTERM","SIGINT"]}');
      expect(seen).toMatchObject({ code: 1, ends: { ECONNRESET: 1 } });
      expect(seconds).toBeLessThan(4);
    });
  });

  describe('defect of gihnius/monconn', () => {
    it('1: a silent client has max_idle, not the idle interval; a download is not idle', () => {
      const { how, seconds } = run('times', '{"max_idle":2}', 'silent');
      expect(how).toBe('FIN');
      expect(seconds).toBeGreaterThanOrEqual(1.9);
      expect(run('times', '{"max_idle":1}', 'receives')).toMatchObject({ how: 'open' });
    });

    it('2: the answer after the FIN of the client is not lost', () => {
      expect(run('half-close by the client')).toEqual({
        how: 'FIN',
        isWhole: true,
        up: '3000000',
        down: '64',
        ended: 'client',
        code: 0,
      });
    });

    it('3: ip_limit 2 admits two addresses, also when three connect', () => {
      expect(limited({ ip_limit: 2 }, [2, 3, 4])).toMatchObject({ first: ['echo', 'echo', 'ECONNRESET'] });
    });

    it('4: services stop together, and as soon as connections end', () => {
      const { code, ms } = run('two services stop together');
      expect(code).toBe(0);
      expect(ms).toBeLessThan(4_000);
    });

    it('5: more than 1,024 connections stop', () => {
      expect(run('many connections', '2000')).toEqual({ echoed: 2000, code: 0, isQuick: true, sessions: 2000 });
    });

    it('6: bytes of open connections are counted, once', () => {
      expect(run('bytes of open connections')).toMatchObject({ connections: 1, up: 1, down: 1, again: [1, 1] });
    });

    it('7: -p takes IPv6', () => {
      expect(run('ipv6')).toEqual({ answers: ['echo', 'echo'], code: 0 });
    });

    it.each([
      ['-p without a colon', ['-p', '7000'], '', /^tcp-info forward: 7000: expected .+\n$/],
      ['a file that is no YAML, whatever -p', ['-p', ':7000=127.0.0.1:7001'], 'web: {', /services\.yaml:1:\d+: .+/],
      ['a file with an unknown key', [], 'web: {listen_port: 80, backend_port: 81, conn_limits: 5}', /:1:\d+: .+/],
    ])('7: %s ends the program with exit code 2 before it listens', (_, args, text, message) => {
      const file = join(folder, 'services.yaml');
      writeFileSync(file, text);
      const config = text === '' ? [] : ['-c', file];
      const [program, argv] = pair.near.command(process.execPath, DAEMON, 'forward', ...args, ...config);
      const { status, stderr } = spawnSync(program, argv, { encoding: 'utf8', env: programEnvironment() });
      expect(status).toBe(2);
      expect(stderr).toMatch(message);
      expect(stderr).not.toContain('msg=listening');
    });

    it.each([
      ['without the key', '{}'],
      ['with conn_limit', '{"conn_limit":5}'],
      ['with -p', '-p'],
    ])('8: keep-alive is on on both sides %s, and off if the file says so', (_, options) => {
      const { kinds, seconds } = run('keep-alive', options) as { kinds: string[]; seconds: number[] };
      expect(kinds).toEqual(['keepalive', 'keepalive']);
      for (const each of seconds) {
        expect(each).toBeGreaterThan(20);
        expect(each).toBeLessThanOrEqual(30);
      }
      expect(run('keep-alive', '{"keepalive":false}')).toMatchObject({ kinds: ['none', 'none'] });
    });

    it('9: reading statistics makes no later connection wait', () => {
      expect(run('bytes of open connections')).toMatchObject({ answer: 'echo' });
    });

    it('10: a backend that does not answer is given up after connect_timeout', () => {
      const { seconds, ...seen } = run('hanging backend', pair.silentIpv4);
      expect(seen).toEqual({ how: 'ECONNRESET', ended: 'backend_timeout', code: 0 });
      expect(seconds).toBeLessThan(2.5);
    });

    it('10: accepted and rejected connections are shown', () => {
      expect(run('metrics')).toMatchObject({ accepted: 2, rejected: 1 });
    });
  });
});
