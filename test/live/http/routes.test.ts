import { describe, expect, it } from 'vitest';
import type { Exchange, Reply } from '../../../live/http/index.js';
import { type Health, healthRoute, serveRoutes, textAnswer } from '../../../live/http/index.js';

const handler = serveRoutes([
  { path: '/a', handler: () => textAnswer(200, 'a\n') },
  { path: '/late', handler: async () => textAnswer(200, 'late\n') },
]);

function ask(target: string, method = 'GET', serve = handler): Reply | Promise<Reply> {
  const exchange: Exchange = {
    method,
    target,
    headers: new Map(),
    keepAlive: true,
    hasBody: false,
    takesChunks: true,
    transport: 'tcp',
    localAddress: '127.0.0.1',
    side: 'local',
    startedMs: 0,
    onDone: () => undefined,
    watch: () => undefined,
    readBody: () => Promise.resolve({ kind: 'gone' }),
    abandon: () => undefined,
  };
  return serve(exchange);
}

describe('routes', () => {
  it.each([
    ['/a', 'a\n'],
    ['/a?x=1', 'a\n'],
    ['/late', 'late\n'],
  ])('serves %s by its path alone', async (target, body) => {
    expect(await ask(target)).toMatchObject({ status: 200, body });
    expect(await ask(target, 'HEAD')).toMatchObject({ status: 200 });
  });

  it.each(['/', '/a/', '/A', '/ab', 'a', '?', '/constructor', '/__proto__'])('answers %s with 404', async (target) => {
    expect(await ask(target)).toMatchObject({ status: 404, body: '404 page not found\n' });
  });

  it.each([
    'POST',
    'PUT',
    'DELETE',
    'OPTIONS',
    'get',
  ])('answers %s with 405 and the allowed methods', async (method) => {
    expect(await ask('/a', method)).toMatchObject({ status: 405, headers: { Allow: 'GET, HEAD' } });
  });
});

describe('the route of a probe', () => {
  it('asks at each request', async () => {
    let health: Health = { ok: true };
    const serve = serveRoutes([healthRoute('/healthz', () => health)]);
    expect(await ask('/healthz', 'GET', serve)).toMatchObject({ status: 200, body: 'ok\n' });
    health = { ok: false, reason: 'no complete scan' };
    expect(await ask('/healthz', 'GET', serve)).toMatchObject({ status: 503, body: 'no complete scan\n' });
  });
});
