import { describe, expect, it } from 'vitest';
import { formatPrefix } from '../../../inetdiag/index.js';
import {
  FORWARD_LIMITS,
  MAX_CONFIG_BYTES,
  NO_LIMITS,
  parseServices,
  type ServiceConfig,
  ServicesConfigError,
} from '../../../services/config/index.js';
import { SEED_CONFIG } from './seed.js';

async function problemsOf(text: string): Promise<string[]> {
  try {
    await parseServices(text, 'services.yaml');
  } catch (error) {
    if (error instanceof ServicesConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

async function onlyService(text: string): Promise<ServiceConfig> {
  const [service] = (await parseServices(text, 'services.yaml')).services;
  if (service === undefined) throw new TypeError('no service');
  return service;
}

describe('parseServices', () => {
  it("reads the seed's configuration as it is", async () => {
    const { services, notes } = await parseServices(SEED_CONFIG, 'config.yaml');
    expect(services.map(({ name, sid, mode }) => ({ name, sid, mode }))).toEqual([
      { name: 'ssh', sid: '127.0.0.1:2022', mode: 'forwarded' },
      { name: 'web', sid: '*:8080', mode: 'forwarded' },
    ]);
    const [ssh, web] = services;
    expect(ssh?.limits.blacklist.map(formatPrefix)).toEqual(['1.1.1.1', '2.2.2.2']);
    expect({ ...ssh?.limits, blacklist: [] }).toEqual({ ...FORWARD_LIMITS, readTimeoutMs: 600_000 });
    // A download that takes longer than 10 minutes is not cut by a key that is not there.
    expect(web?.limits.readTimeoutMs).toBe(0);
    expect(ssh?.forward).toMatchObject({ backendHost: '127.0.0.1', backendPort: 22, keepalive: true, dump: 'go' });
    expect(web?.forward).toMatchObject({ backendHost: '10.0.0.1', backendPort: 80, keepalive: true, dump: 'none' });
    expect(web?.place).toEqual({ file: 'config.yaml', line: 18, column: 1 });
    expect(notes.map(({ difference, services: names }) => [difference, ...names])).toEqual([
      ['read_timeout_off', 'web'],
      ['keepalive_on', 'web'],
      ['idle_both', 'ssh', 'web'],
    ]);
  });

  it('notes time-outs of 0 and exact limits where a file has them', async () => {
    const text = 'a: {listen_port: 1, backend_port: 2, read_timeout: 0, max_idle: 0, ip_limit: 2, keepalive: true}';
    const { notes } = await parseServices(text, 'f');
    expect(notes.map(({ difference }) => difference)).toEqual(['timeout_off', 'ip_limit_exact']);
    expect((await parseServices('a: {listen_port: 1, ip_limit: 2, max_idle: 0}', 'f')).notes).toEqual([]);
  });

  it('reads every further key', async () => {
    const service = await onlyService(`web:
  listen_ip: "[::1]"
  listen_port: 80
  backend_ip: web.example
  backend_port: 8080
  read_timeout: 10m
  write_timeout: 1.5
  wait_timeout: 1m30s
  max_idle: 1d
  ip_conn_limit: 20
  ip_prefix: {v4: 24, v6: 64}
  ip_allowlist: [192.0.2.0/24, "2001:db8::/32"]
  idle_counts: read
  max_lifetime: 2h
  when_full: evict_idle
  reject: fin
  connect_timeout: 250ms
  proxy_protocol: v2
  source: client
  dump: hex
  dump_max: 1MiB
  dump_rate: 2MiB
  dump_file: /var/log/web.dump
`);
    expect(service).toMatchObject({
      sid: '[::1]:80',
      listenHost: '::1',
      reject: 'fin',
      waitTimeoutMs: 90_000,
      limits: {
        readTimeoutMs: 600_000,
        writeTimeoutMs: 1_500,
        maxIdleMs: 86_400_000,
        ipConnLimit: 20,
        ipPrefix: { v4: 24, v6: 64 },
        idleCounts: 'read',
        maxLifetimeMs: 7_200_000,
        whenFull: 'evict_idle',
      },
      forward: {
        backendHost: 'web.example',
        connectTimeoutMs: 250,
        proxyProtocol: 'v2',
        source: 'client',
        dump: 'hex',
        dumpMaxBytes: 2 ** 20,
        dumpBytesPerSec: 2 ** 21,
        dumpFile: '/var/log/web.dump',
      },
    });
    expect(service.limits.allowlist.map(formatPrefix)).toEqual(['192.0.2.0/24', '2001:db8::/32']);
  });

  it.each([
    '"\\u001b[31m"',
    '"x\\ud800"',
    `"${'x'.repeat(129)}"`,
    '""',
  ])('refuses the name %s, which cannot be a label', async (name) => {
    expect(await problemsOf(`${name}: {listen_port: 80}`)).toEqual([
      "services.yaml:1:1: a service's name has 1 to 128 characters, none of them a control character or a surrogate",
    ]);
  });

  it('gives a watched service no rule that the file does not name', async () => {
    const service = await onlyService('web: {listen_port: "443, 8000-8010"}');
    expect(service).toMatchObject({ mode: 'watched', sid: '*:443,8000-8010', limits: NO_LIMITS });
    expect((await onlyService('web: {listen_port: [443, 8000-8010]}')).listenPorts).toEqual(service.listenPorts);
  });

  it('treats a key without a value as an error, except in lists and addresses', async () => {
    const service = await onlyService('a:\n  listen_ip:\n  listen_port: 1\n  ip_blacklist:\n');
    expect(service).toMatchObject({ listenHost: undefined, limits: { blacklist: [] } });
    expect(await problemsOf('a:\n  listen_port: 1\n  max_idle:\n')).toEqual([
      'services.yaml:3:12: max_idle: expected seconds, or a duration such as 10m, found no value',
    ]);
  });

  it.each([
    ['an empty file', '', ['1:1: no services']],
    ['a comment only', '# nothing\n', ['1:1: no services']],
    ['a list', '- a', ['1:1: expected a mapping of services: NAME: {listen_port: …}']],
    ['a service without keys', 'a: 1', ['1:4: service "a": expected a mapping such as {listen_port: 80}']],
    ['a service without port', 'a: {conn_limit: 1}', ['1:1: service "a" has no listen_port']],
    [
      'an unknown key',
      'a: {listen_port: 1, conn_limits: 1}',
      ['1:21: unknown key "conn_limits"; did you mean conn_limit?'],
    ],
    ['a key twice', 'a: {listen_port: 1, listen_port: 2}', ['1:21: key "listen_port" is here twice']],
    ['a service twice', 'a: {listen_port: 1}\na: {listen_port: 2}', ['2:1: key "a" is here twice']],
    [
      'an alias',
      'a: &a {listen_port: 1}\nb: *a',
      [
        '2:4: alias *a: aliases are not allowed; write the value',
        '2:4: service "b": expected a mapping such as {listen_port: 80}',
      ],
    ],
    ['a merge key', 'a: {listen_port: 1, <<: {conn_limit: 1}}', ['1:21: unknown key "<<"']],
    [
      'port 0',
      'a: {listen_port: 0}',
      ['1:18: listen_port: expected ports from 1 to 65535, such as 80 or 443,8000-8010, found "0"'],
    ],
    [
      'a reversed range',
      'a: {listen_port: 10-9}',
      ['1:18: listen_port: expected ports from 1 to 65535, such as 80 or 443,8000-8010, found "10-9"'],
    ],
    [
      'a bad address',
      'a: {listen_ip: 10.0.0.256, listen_port: 1}',
      ['1:16: listen_ip: expected an IP address, [IPv6] or "*", found "10.0.0.256"'],
    ],
    [
      'host bits in a prefix',
      'a: {listen_port: 1, ip_blacklist: [10.0.0.1/8]}',
      ['1:36: ip_blacklist: expected an address or a prefix without host bits, such as 10.0.0.0/8, found "10.0.0.1/8"'],
    ],
    [
      'a negative limit',
      'a: {listen_port: 1, ip_limit: -1}',
      ['1:31: ip_limit: expected a whole number, 0 for no limit, found "-1"'],
    ],
    [
      'a time below a millisecond',
      'a: {listen_port: 1, max_idle: 1us}',
      ['1:31: max_idle: expected seconds, or a duration such as 10m, found "1us"'],
    ],
    [
      'wait in a watched service',
      'a: {listen_port: 1, when_full: wait}',
      ['1:21: when_full: a watched service cannot make connections wait: expected reject or evict_idle'],
    ],
    [
      'keepalive of a watched service',
      'a: {listen_port: 1, keepalive: true}',
      ['1:21: keepalive needs a forwarded service: add backend_port, or remove it'],
    ],
    [
      'a range in a forwarded service',
      'a: {listen_port: 1-2, backend_port: 1}',
      ['1:5: a forwarded service has one listen_port; ranges are for watched services'],
    ],
    [
      'bits out of range',
      'a: {listen_port: 1, ip_prefix: {v4: 33}}',
      ['1:37: ip_prefix: expected a number of bits from 0 to 32, found "33"'],
    ],
    [
      'another key of ip_prefix',
      'a: {listen_port: 1, ip_prefix: {v5: 3}}',
      ['1:33: ip_prefix: unknown key "v5": expected v4 or v6'],
    ],
    [
      'both ways to dump',
      'a: {listen_port: 1, backend_port: 2, print_bytes: true, dump: hex}',
      ['1:57: print_bytes is `dump: go`: remove one of both'],
    ],
    ['a tag', 'a: !!js/function {listen_port: 1}', ['1:4: Unresolved tag: tag:yaml.org,2002:js/function']],
    ['a second document', 'a: {listen_port: 1}\n---\nb: {listen_port: 2}\n', ['2:1: a second document: expected one']],
    [
      'two services of one address',
      'a: {listen_port: 1-9}\nb: {listen_ip: "::", listen_port: 5}',
      ['2:1: service "b" has port 5 of the address of "a"'],
    ],
  ])('rejects %s with its place', async (_, text, problems) => {
    expect(await problemsOf(text)).toEqual(problems.map((problem) => `services.yaml:${problem}`));
  });

  it('accepts off values of keys that only forwarded services have', async () => {
    await onlyService('a: {listen_port: 1, print_bytes: false, keepalive: false, proxy_protocol: none, reject: rst}');
  });

  it('lets an address be more specific than all addresses', async () => {
    const { services } = await parseServices('a: {listen_port: 1}\nb: {listen_ip: 127.0.0.1, listen_port: 1}', 'f');
    expect(services).toHaveLength(2);
  });

  it('gathers all problems in the order of the file', async () => {
    expect(await problemsOf('a:\n  listen_port: x\n  y: 1\nb: {}\n')).toEqual([
      'services.yaml:2:16: listen_port: expected ports from 1 to 65535, such as 80 or 443,8000-8010, found "x"',
      'services.yaml:3:3: unknown key "y"',
      'services.yaml:4:1: service "b" has no listen_port',
    ]);
  });

  it('refuses more than 1 MiB', async () => {
    const text = `a: {listen_port: 1}\n${'#'.repeat(MAX_CONFIG_BYTES)}`;
    expect(await problemsOf(text)).toEqual(['services.yaml:1:1: larger than 1048576 bytes']);
  });

  it('refuses more than 1,024 services', async () => {
    const services = (count: number): string =>
      Array.from({ length: count }, (_, i) => `s${i}: {listen_port: ${i + 1}}\n`).join('');
    expect(await problemsOf(services(1_024))).toEqual([]);
    expect(await problemsOf(services(1_025))).toEqual(['services.yaml:1:1: more than 1024 services']);
  });

  it('refuses more than 65,536 prefixes', async () => {
    const list = (count: number): string =>
      `a: {listen_port: 1, ip_blacklist: [${Array.from({ length: count }, (_, i) => `1.${i >> 16}.${(i >> 8) & 255}.${i & 255}`).join(',')}]}`;
    expect((await onlyService(list(65_536))).limits.blacklist).toHaveLength(65_536);
    expect(await problemsOf(list(65_537))).toEqual([
      'services.yaml:1:1: more than 65536 prefixes in all lists up to this service',
    ]);
  });

  it.each([
    '['.repeat(500_000),
    '- '.repeat(500_000),
    '{a: '.repeat(200_000),
    '? '.repeat(500_000),
    '}'.repeat(5_000),
  ])('reports hostile nesting without a crash: %#', async (text) => {
    expect((await problemsOf(text)).length).toBeGreaterThan(0);
  });
});
