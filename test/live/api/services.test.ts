import { beforeEach, describe, expect, it } from 'vitest';
import type { ServicesAnswering } from '../../../live/api/index.js';
import { ServiceStatistics } from '../../../services/statistics/index.js';
import { type ApiDocument, ApiValidator } from '../../support/openapi-validator.js';
import { type Answered, get, type Served, useLiveServer } from './harness.js';

const start = useLiveServer();

/** Answers with the services `web` and, in two network namespaces, `mail`. */
class TwoServices implements ServicesAnswering {
  readonly enforce = 'dry-run';
  error: Error | undefined;

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
        return statistics.report({
          identity: { sid: '*:80', name: service, mode: 'watched', listen: ['[::]:80'], netns },
          open: service === 'web' ? open : [],
          unixMs: 5000,
          nowMs: 5000,
          acceptQueue: service === 'web' ? { now: 1, limit: 4096 } : undefined,
        });
      });
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

  it('takes no other method', async () => {
    const { status } = await get(served, '/services', {}, 'POST');
    expect(status).toBe(405);
  });
});
