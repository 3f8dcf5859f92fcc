import { describe, expect, it } from 'vitest';
import { Gate } from '../../../live/api/gate/gate.js';
import { hostOfHeader } from '../../../live/api/gate/host.js';
import { Token } from '../../../live/api/gate/token.js';
import { ProblemError } from '../../../live/api/problem.js';
import type { Exchange } from '../../../live/http/index.js';
import type { LiveRejection } from '../../../metrics/index.js';
import { sample } from '../../support/metric.js';
import { get, getTcp, useLiveServer } from './harness.js';

const start = useLiveServer();
const TOKEN = 'a-token-of-enough-letters';

/** Parts of a request that the gate checks. */
interface Sent {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly site: string | undefined;
  readonly token: string | undefined;
  readonly method: string;
}

const rejections: LiveRejection[] = [];
const createGate = (isReadOnly = false): Gate =>
  new Gate({
    hosts: new Set(['tcp.example']),
    token: new Token(TOKEN),
    isReadOnly,
    onRejected: (reason) => rejections.push(reason),
  });

function exchange({ host, origin, site, token, method }: Sent, more: Partial<Exchange> = {}): Exchange {
  const headers = new Map<string, string>();
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined) headers.set(name, value);
  };
  set('host', host);
  set('origin', origin);
  set('sec-fetch-site', site);
  set('authorization', token);
  return {
    ...{ method, headers, target: '/api/v1/status', keepAlive: true, hasBody: false, takesChunks: true },
    ...{ side: 'local', transport: 'tcp', localAddress: '127.0.0.1', startedMs: 0 },
    onDone: () => undefined,
    watch: () => undefined,
    readBody: () => Promise.resolve({ kind: 'gone' }),
    abandon: () => undefined,
    ...more,
  };
}

/** Returns the status of a request; 200 when it passes. */
function statusOf(
  gate: Gate,
  sent: Sent,
  more: Partial<Exchange> = {},
  check: 'check' | 'checkPage' = 'check',
): number {
  try {
    gate[check](exchange(sent, more));
    return 200;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return error.status;
  }
}

const HOSTS = [
  ['127.0.0.1:7071', true],
  ['127.0.0.1', true],
  ['localhost:7071', true],
  ['LocalHost', true],
  ['TCP.example:1', true],
  ['127.0.0.2:7071', false],
  ['[::1]:7071', false],
  ['10.0.0.1', false],
  ['evil.example', false],
  ['localhost.evil.example', false],
  ['127.0.0.1.evil.example', false],
  ['localhost:70710000', false],
  ['user@localhost', false],
  ['', false],
  [undefined, false],
] as const;
/** Origins relative to the host: `{host}` stands for it. */
const ORIGINS = [
  [undefined, true],
  ['http://{host}', true],
  ['https://{host}', true],
  ['http://evil.example', false],
  ['http://{host}.evil.example', false],
  ['null', false],
  ['', false],
  ['file://', false],
] as const;
const SITES = [
  [undefined, true],
  ['same-origin', true],
  ['none', true],
  ['same-site', false],
  ['cross-site', false],
  ['nonsense', false],
] as const;
const TOKENS = [
  [`Bearer ${TOKEN}`, true],
  [`bearer  ${TOKEN}`, true],
  [undefined, false],
  ['', false],
  [TOKEN, false],
  [`Basic ${TOKEN}`, false],
  [`Bearer ${TOKEN}x`, false],
  [`Bearer ${TOKEN.slice(1)}`, false],
  ['Bearer', false],
] as const;
const METHODS = [
  ['GET', 200],
  ['HEAD', 200],
  ['POST', 200],
  ['DELETE', 200],
  ['PUT', 405],
  ['OPTIONS', 405],
  ['get', 405],
] as const;

describe('the gate', () => {
  it('checks method, host, origin, site and token of every combination in this order', () => {
    let cases = 0;
    for (const [method, methodStatus] of METHODS) {
      for (const [host, isHost] of HOSTS) {
        for (const [pattern, isOrigin] of ORIGINS) {
          for (const [site, isSite] of SITES) {
            for (const [token, isToken] of TOKENS) {
              const origin = pattern?.replace('{host}', host ?? 'nothing');
              const expected =
                methodStatus !== 200 ? methodStatus : !isHost ? 421 : !isOrigin || !isSite ? 403 : isToken ? 200 : 401;
              const sent = { method, host, origin, site, token };
              // A new gate each time, without earlier failures.
              const status = statusOf(createGate(), sent);
              if (status !== expected) expect({ ...sent, status }).toEqual({ ...sent, status: expected });
              cases++;
            }
          }
        }
      }
    }
    expect(cases).toBe(METHODS.length * HOSTS.length * ORIGINS.length * SITES.length * TOKENS.length);
  });

  it('asks a request for a file of the page for everything but the token, and lets links of other sites lead to it', () => {
    const visits = [
      [{}, false],
      [{ 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, true],
      [{ 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }, false],
      [{ 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' }, false],
      [{ 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'document' }, false],
    ] as const;
    let cases = 0;
    for (const [method, methodStatus] of METHODS) {
      for (const [host, isHost] of HOSTS) {
        for (const [pattern, isOrigin] of ORIGINS) {
          for (const [site, isSite] of SITES) {
            for (const [fetch, isTab] of visits) {
              const origin = pattern?.replace('{host}', host ?? 'nothing');
              const isVisit = isTab && method === 'GET' && origin === undefined;
              const isAdmitted = isVisit || (isOrigin && isSite);
              const expected = methodStatus !== 200 ? methodStatus : !isHost ? 421 : isAdmitted ? 200 : 403;
              const sent = { method, host, origin, site, token: undefined };
              const { headers } = exchange(sent);
              const all = new Map([...headers, ...Object.entries(fetch)]);
              const status = statusOf(createGate(), sent, { target: '/', headers: all }, 'checkPage');
              if (status !== expected) expect({ ...sent, fetch, status }).toEqual({ ...sent, fetch, status: expected });
              cases++;
            }
          }
        }
      }
    }
    expect(cases).toBe(METHODS.length * HOSTS.length * ORIGINS.length * SITES.length * visits.length);
  });

  it('asks clients of a unix socket neither for a host nor for a token, but for their origin and site', () => {
    const gate = createGate();
    const unix = { transport: 'unix', localAddress: '' } as const;
    for (const [host] of HOSTS) {
      const none = { host, origin: undefined, site: undefined, token: undefined, method: 'GET' };
      expect(statusOf(gate, none, unix)).toBe(200);
      expect(statusOf(gate, { ...none, origin: 'http://evil.example' }, unix)).toBe(
        host === 'evil.example' ? 200 : 403,
      );
      expect(statusOf(gate, { ...none, site: 'cross-site' }, unix)).toBe(403);
    }
  });

  it('accepts the own address of the socket in every form', () => {
    const sent = { origin: undefined, site: undefined, token: `Bearer ${TOKEN}`, method: 'GET' };
    for (const [localAddress, host, status] of [
      ['::1', '[::1]:7071', 200],
      ['::1', '[0:0:0:0:0:0:0:1]', 200],
      ['::1', '127.0.0.1', 421],
      ['::ffff:192.0.2.1', '192.0.2.1:80', 200],
      ['192.0.2.1', '[::ffff:192.0.2.1]', 200],
      ['fe80::1%eth0', '[fe80::1]', 200],
      ['', '127.0.0.1', 421],
    ] as const) {
      expect(statusOf(createGate(), { ...sent, host }, { localAddress }), `${host} on ${localAddress}`).toBe(status);
    }
  });

  it('rejects a URL of more than 8 KiB, and bodies', () => {
    const sent = { host: 'localhost', origin: undefined, site: undefined, token: `Bearer ${TOKEN}`, method: 'GET' };
    expect(statusOf(createGate(), sent, { target: `/${'a'.repeat(8191)}` })).toBe(200);
    expect(statusOf(createGate(), sent, { target: `/${'a'.repeat(8192)}` })).toBe(414);
    expect(statusOf(createGate(), sent, { hasBody: true })).toBe(413);
    expect(statusOf(createGate(), { ...sent, method: 'POST' }, { hasBody: true })).toBe(200);
    expect(statusOf(createGate(true), { ...sent, method: 'POST' }, { hasBody: true })).toBe(403);
    expect(statusOf(createGate(true), { ...sent, method: 'DELETE' })).toBe(403);
    expect(statusOf(createGate(true), { ...sent, method: 'PUT' })).toBe(405);
    expect(statusOf(createGate(true), sent)).toBe(200);
  });

  it('answers 429 after 10 wrong tokens in a second, and the right one always', () => {
    const gate = createGate();
    rejections.length = 0;
    const wrong = { host: 'localhost', origin: undefined, site: undefined, token: 'Bearer wrong', method: 'GET' };
    const right = { ...wrong, token: `Bearer ${TOKEN}` };
    const statuses = Array.from({ length: 12 }, () => statusOf(gate, wrong));
    expect(statuses.slice(0, 10)).toEqual(new Array(10).fill(401));
    expect(statuses).toContain(429);
    expect(statusOf(gate, right)).toBe(200);
    expect(rejections).toEqual(new Array(12).fill('token'));
  });
});

describe('a Host header', () => {
  it.each([
    ['a.example:80', 'a.example'],
    ['A_b-c', 'a_b-c'],
    ['[2001:DB8::1]', '2001:db8::1'],
    ['[::1]x', undefined],
    ['[nonsense]', undefined],
    ['a b', undefined],
    ['a:b', undefined],
    ['::1', undefined],
  ])('%s names %s', (header, host) => {
    expect(hostOfHeader(header)).toBe(host);
  });
});

describe('a request to the server', () => {
  it('gets problems with stable codes, the security headers, and never leave for other sites', async () => {
    const served = await start();
    for (const [headers, method, status, code] of [
      [{ authorization: 'Bearer wrong' }, 'GET', 401, 'ERR_TOKEN'],
      [{ host: 'evil.example' }, 'GET', 421, 'ERR_HOST'],
      [{ origin: 'http://evil.example' }, 'GET', 403, 'ERR_ORIGIN'],
      [{ 'sec-fetch-site': 'cross-site' }, 'GET', 403, 'ERR_ORIGIN'],
      [{ origin: 'http://evil.example', 'access-control-request-method': 'GET' }, 'OPTIONS', 405, 'ERR_METHOD'],
      [{}, 'POST', 405, 'ERR_METHOD'],
    ] as const) {
      const answer = await getTcp(served, '/status', headers, method);
      expect([answer.status, JSON.parse(answer.body)]).toMatchObject([status, { status, code, type: 'about:blank' }]);
      expect(answer.headers).toMatchObject({
        'content-type': 'application/problem+json; charset=utf-8',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      });
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
    expect(await getTcp(served, '/status')).toMatchObject({ status: 200 });
    expect(await get(served, '/status', { host: 't' })).toMatchObject({ status: 200 });
    const rejected = (reason: string) => sample(served.metrics, 'tcpinfo_live_rejected_total', { reason });
    expect(await Promise.all(['token', 'host', 'origin'].map(rejected))).toEqual([1, 1, 2]);
    expect(await sample(served.metrics, 'tcpinfo_live_requests_total', { code: '405' })).toBe(2);
    expect(served.lines.filter((line) => line.includes('rejected')).length).toBe(3);
    expect(served.lines.join('')).not.toContain(served.token);
  });

  it('gets 403 for writing with -live.read-only', async () => {
    const served = await start({ isReadOnly: true });
    expect(await get(served, '/watches', {}, 'POST')).toMatchObject({ status: 403 });
    expect(JSON.parse((await get(served, '/status')).body)).toMatchObject({ readOnly: true });
  });
});
