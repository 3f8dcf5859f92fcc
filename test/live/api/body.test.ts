import { describe, expect, it } from 'vitest';
import { bodyObject, requireJson } from '../../../live/api/body.js';
import { type ApiContext, type ApiRoute, jsonAnswer } from '../../../live/api/context.js';
import { Gate } from '../../../live/api/gate/gate.js';
import { openApiDocument } from '../../../live/api/openapi/document.js';
import { ProblemError } from '../../../live/api/problem.js';
import { createApiHandler } from '../../../live/api/router.js';
import type { Answer, Exchange, RequestBody } from '../../../live/http/index.js';
import { liveMetrics } from './harness.js';

function exchangeOf(
  method: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
  body: RequestBody = { kind: 'read', bytes: Buffer.from('') },
): Exchange {
  return {
    ...{ method, target, hasBody: method === 'POST', side: 'local', transport: 'unix', localAddress: '', startedMs: 0 },
    headers: new Map(Object.entries(headers)),
    readBody: () => Promise.resolve(body),
  } as unknown as Exchange;
}

const JSON_TYPE = { 'content-type': 'application/json' };

describe('a body in JSON', () => {
  const read = async (text: string) =>
    await bodyObject(exchangeOf('POST', '/', {}, { kind: 'read', bytes: Buffer.from(text) }), ['id', 'note']);

  it('is an object with known keys', async () => {
    expect(await read('{"id":"a","note":null}')).toEqual({ id: 'a', note: null });
    expect(await read(' {} ')).toEqual({});
  });

  it.each([
    ['', /^body: /],
    ['{', /^body: /],
    ['[]', /^body: expected an object$/],
    ['null', /^body: expected an object$/],
    ['"id"', /^body: expected an object$/],
    ['{"ids":1}', /^body: "ids" is not one of id, note$/],
  ])('is refused with a sentence: %s', async (text, detail) => {
    const error = await read(text).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({ status: 400, code: 'ERR_BODY', detail: expect.stringMatching(detail) });
  });

  it.each([
    [{ kind: 'too-large' } as const, 413],
    [{ kind: 'chunked' } as const, 411],
    [{ kind: 'gone' } as const, 400],
  ])('that cannot be read is refused: %o', async (body, status) => {
    await expect(bodyObject(exchangeOf('POST', '/', {}, body), [])).rejects.toMatchObject({ status });
  });

  it.each([
    ['application/json', true],
    ['Application/JSON; charset=utf-8', true],
    ['application/jsonp', false],
    ['text/plain', false],
    ['application/x-www-form-urlencoded', false],
    [undefined, false],
  ])('needs its type: %s', (type, passes) => {
    const check = () => requireJson(exchangeOf('POST', '/', type === undefined ? {} : { 'content-type': type }));
    if (passes) expect(check).not.toThrow();
    else expect(check).toThrow('expected Content-Type: application/json');
  });
});

const NOTHING = { summary: 'Things', parameters: [], answers: [] } as const;
const ROUTES: readonly ApiRoute[] = [
  { ...NOTHING, path: '/things', handle: () => jsonAnswer({ did: 'list' }) },
  {
    ...NOTHING,
    path: '/things',
    body: { schema: 'Thing', description: 'Thing' },
    success: 201,
    handle: () => jsonAnswer({ did: 'make' }, 201),
  },
  { ...NOTHING, path: '/things/{id}', method: 'DELETE', handle: ({ id }) => jsonAnswer({ did: `delete ${id}` }) },
];

describe('routes with several methods', () => {
  const { live: metrics } = liveMetrics();
  const context = {
    metrics,
    stopping: new AbortController().signal,
    onLimit: () => undefined,
  } as unknown as ApiContext;
  const gate = new Gate({ hosts: new Set(), isReadOnly: false, onRejected: () => undefined });
  const handler = createApiHandler(gate, ROUTES, undefined, context);
  const ask = async (method: string, path: string, headers = {}): Promise<Answer> =>
    (await handler(exchangeOf(method, `/api/v1${path}`, headers))) as Answer;

  it('are found by path and method', async () => {
    expect(await ask('GET', '/things')).toMatchObject({ status: 200, body: '{"did":"list"}\n' });
    expect(await ask('HEAD', '/things')).toMatchObject({ status: 200 });
    expect(await ask('POST', '/things', JSON_TYPE)).toMatchObject({ status: 201, body: '{"did":"make"}\n' });
    expect(await ask('DELETE', '/things/7', JSON_TYPE)).toMatchObject({ status: 200, body: '{"did":"delete 7"}\n' });
  });

  it('answer 405 with all methods of the path, 404 for another path, 415 for another type', async () => {
    expect(await ask('DELETE', '/things', JSON_TYPE)).toMatchObject({
      status: 405,
      headers: { Allow: 'GET, HEAD, POST' },
    });
    expect(await ask('GET', '/things/7')).toMatchObject({ status: 405, headers: { Allow: 'DELETE' } });
    expect(await ask('POST', '/other', JSON_TYPE)).toMatchObject({ status: 404 });
    expect(await ask('POST', '/things')).toMatchObject({ status: 415 });
    expect(await ask('DELETE', '/things/7')).toMatchObject({ status: 415 });
  });

  it('are one path of the OpenAPI document', () => {
    const { paths } = openApiDocument(ROUTES, '/api/v1', '1') as { paths: Record<string, Record<string, object>> };
    expect(Object.keys(paths)).toEqual(['/things', '/things/{id}']);
    expect(Object.keys(paths['/things'] ?? {})).toEqual(['get', 'post']);
    expect(paths['/things']?.['post']).toMatchObject({ responses: { '201': {}, '415': {} } });
    expect(paths['/things/{id}']?.['delete']).toMatchObject({ responses: { '200': {}, '404': {} } });
  });
});
