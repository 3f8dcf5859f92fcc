import { beforeEach, describe, expect, it } from 'vitest';
import type { ServicesAnswering } from '../../../live/api/index.js';
import { ServiceStatistics } from '../../../services/statistics/index.js';
import { type ApiDocument, ApiValidator } from '../../support/openapi-validator.js';
import { type Answered, get, getTcp, post, type Served, useLiveServer } from './harness.js';

const start = useLiveServer();

/** Answers with the services `web` and, in two network namespaces, `mail`. */
class TwoServices implements ServicesAnswering {
  enforce: ServicesAnswering['enforce'] = 'dry-run';
  error: Error | undefined;
  /** Commands so far. */
  readonly commands: string[] = [];
  commandError: Error | undefined;

  async reports(name?: string): Promise<Awaited<ReturnType<ServicesAnswering['reports']>>> {
    if (this.error !== undefined) throw this.error;
    const client = { clientKey: '10.0.0.9', upBytes: 5, downBytes: 7, acceptedMs: 0, lastReadMs: 0, lastWriteMs: 0 };
    const open = [{ ...client, rttUs: 400, bytesSent: 8, bytesRetrans: 1, isHalfClosed: false }];
    return [
      { name: 'web', netns: null },
      { name: 'mail', netns: null },
      { name: 'mail', netns: 'blue' },
    ]
      .filter((each) => name === undefined || each.name === name)
      .map(({ name: service, netns }) => {
        const statistics = new ServiceStatistics(0);
        statistics.accepted(1000);
        statistics.rejected('ip_limit');
        const report = statistics.report({
          identity: { sid: '*:80', name: service, mode: 'watched', listen: ['[::]:80'], netns },
          open: service === 'web' ? open : [],
          unixMs: 5000,
          nowMs: 5000,
          acceptQueue: service === 'web' ? { now: 1, limit: 4096 } : undefined,
        });
        return { ...report, draining: false, refused: [{ ip: '10.0.0.0/8', remainingSec: 5 }] };
      });
  }

  command(...[name, action, body]: Parameters<ServicesAnswering['command']>): ReturnType<ServicesAnswering['command']> {
    if (this.commandError !== undefined) throw this.commandError;
    if (name !== 'web') return undefined;
    this.commands.push(`${action} ${body}`);
    return {
      ...{ enforce: this.enforce, service: name, action, closed: 2, connections: 3, draining: action === 'drain' },
      released: action === 'release' ? true : null,
    };
  }
}

describe('/services', () => {
  let services: TwoServices;
  let served: Served;
  let validator: ApiValidator;
  beforeEach(async () => {
    services = new TwoServices();
    served = await start({ services });
    validator = new ApiValidator(JSON.parse((await get(served, '/openapi.json')).body) as ApiDocument);
  });

  /** Sends a request, and checks the answer against the OpenAPI document. */
  async function ask(route: string, target = route): Promise<Answered> {
    const answer = await get(served, target);
    const type = String(answer.headers['content-type']);
    expect(validator.answerErrors(route, answer.status, type, answer.body), target).toEqual([]);
    return answer;
  }

  it('answers with all services as documented', async () => {
    const { status, body } = await ask('/services');
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      enforce: 'dry-run',
      services: [
        { name: 'web', connections: 1, up: 5, accepted: 1, rejected: { ip_limit: 1 }, acceptQueue: { now: 1 } },
        { name: 'mail', netns: null, acceptQueue: null },
        { name: 'mail', netns: 'blue' },
      ],
    });
  });

  it('answers with one service, in each network namespace', async () => {
    const { body } = await ask('/services/{id}', '/services/ma%69l');
    expect((JSON.parse(body) as { readonly services: readonly object[] }).services).toHaveLength(2);
  });

  it('says that a service is unknown, or that none is watched', async () => {
    const unknown = await ask('/services/{id}', '/services/ftp');
    expect(JSON.parse(unknown.body)).toMatchObject({ status: 404, code: 'ERR_NO_SERVICE' });
    served = await start();
    const none = await ask('/services');
    expect(JSON.parse(none.body)).toMatchObject({ status: 404, code: 'ERR_NO_SERVICES' });
  });

  it('reports a kernel that does not list its listening sockets', async () => {
    services.error = Object.assign(new Error('list sockets: EPERM'), { name: 'SockDiagError' });
    const { status, body, headers } = await ask('/services');
    expect(JSON.parse(body)).toMatchObject({ status: 503, code: 'ERR_KERNEL', detail: 'list sockets: EPERM' });
    expect([status, headers['retry-after']]).toEqual([503, '1']);
  });

  it('takes each method only where it is documented', async () => {
    const refused = await Promise.all([
      get(served, '/services', {}, 'POST'),
      get(served, '/services/web', {}, 'POST'),
      get(served, '/services/web/drain'),
      get(served, '/services/web/drain', {}, 'DELETE'),
    ]);
    expect(refused.map(({ status, headers: { allow } }) => [status, allow])).toEqual([
      [405, 'GET, HEAD'],
      [405, 'GET, HEAD'],
      [405, 'POST'],
      [405, 'POST'],
    ]);
    expect(services.commands).toEqual([]);
  });

  /** Sends a command, and checks what is sent and answered against the OpenAPI document. */
  async function tell(action: string, body: string, name = 'web'): Promise<Answered> {
    const route = `/services/{id}/${action}`;
    if (body !== '') expect(validator.requestErrors(route, body)).toEqual([]);
    const answer = await post(served, `/services/${name}/${action}`, body);
    const type = String(answer.headers['content-type']);
    expect(validator.answerErrors(route, answer.status, type, answer.body)).toEqual([]);
    return answer;
  }

  it.each([
    ['reject', '{"ip":"10.0.0.0/8","for":"10m"}', { closed: 2, released: null }],
    ['reject', '{"ip":"::1","for":600}', { closed: 2 }],
    ['release', '{"ip":"10.0.0.0/8"}', { released: true }],
    ['close', '{"uuid":"host_1_D8F"}', { closed: 2 }],
    ['close', '{"idle":"15m"}', { closed: 2 }],
    ['drain', '', { connections: 3, draining: true }],
    ['undrain', '{}', { draining: false }],
  ])('%s %s is carried out, and logged', async (action, body, expected) => {
    const answer = await tell(action, body);
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([
      200,
      { enforce: 'dry-run', service: 'web', action, ...expected },
    ]);
    expect(services.commands).toEqual([`${action} ${body}`]);
    const line = served.lines.find((each) => each.includes('command for a service')) ?? '';
    expect(line).toContain(`action=${action}`);
    expect(line).toContain('closed=2');
  });

  it('refuses commands where limits are not enforced, and says which flag is missing', async () => {
    services.enforce = 'off';
    const { body } = await tell('drain', '');
    expect(JSON.parse(body)).toMatchObject({ status: 403, code: 'ERR_NOT_ENFORCED' });
    expect(body).toContain('-services.enforce');
    expect(services.commands).toEqual([]);
  });

  it('refuses commands with -live.read-only, of other sites, and without the token', async () => {
    const target = '/services/web/drain';
    expect(await getTcp(served, target, {}, 'POST')).toMatchObject({ status: 200 });
    expect(await getTcp(served, target, { authorization: 'Bearer wrong' }, 'POST')).toMatchObject({ status: 401 });
    expect(await getTcp(served, target, { host: 'evil.example' }, 'POST')).toMatchObject({ status: 421 });
    expect(await getTcp(served, target, { origin: 'http://evil.example' }, 'POST')).toMatchObject({ status: 403 });
    expect(await post(served, target, '', { origin: 'null' })).toMatchObject({ status: 403 });
    expect(await post(served, target, '', { 'sec-fetch-site': 'cross-site' })).toMatchObject({ status: 403 });
    expect(services.commands).toEqual(['drain ']);
    served = await start({ services, isReadOnly: true });
    const { status, body } = await post(served, target, '');
    expect([status, JSON.parse(body)]).toMatchObject([403, { code: 'ERR_READ_ONLY' }]);
    expect(services.commands).toEqual(['drain ']);
  });

  it('reports what is wrong with a command', async () => {
    const codes = async (answer: Promise<Answered>) => {
      const { status, body } = await answer;
      return [status, (JSON.parse(body) as { readonly code?: string }).code];
    };
    expect(await codes(tell('drain', '', 'ftp'))).toEqual([404, 'ERR_NO_SERVICE']);
    expect(await codes(post(served, '/services/web/reboot', ''))).toEqual([404, 'ERR_NO_ROUTE']);
    const many = '{"ip":"::1"}'.padEnd(64 * 1024);
    expect(await codes(post(served, '/services/web/reject', many))).toEqual([200, undefined]);
    expect(await codes(post(served, '/services/web/reject', `${many} `))).toEqual([413, 'ERR_BODY']);
    expect(await codes(post(served, '/services/web/reject', '{}', { 'transfer-encoding': 'chunked' }))).toEqual([
      411,
      'ERR_BODY',
    ]);
    for (const [code, status, answered] of [
      ['ERR_CONTROL_COMMAND', 400, 'ERR_BODY'],
      ['ERR_TOO_MANY_BANS', 409, 'ERR_TOO_MANY_BANS'],
      ['ERR_OTHER', 500, 'ERR_INTERNAL'],
    ] as const) {
      services.commandError = Object.assign(new Error('no'), { code });
      expect(await codes(tell('release', '{"ip":"::1"}'))).toEqual([status, answered]);
    }
    served = await start();
    expect(await codes(tell('drain', ''))).toEqual([404, 'ERR_NO_SERVICES']);
  });
});
