import { describe, expect, it, vi } from 'vitest';
import { type Fetch, HttpApiClient, type Reached } from '../../../web/client/http-client.js';
import { ProblemError } from '../../../web/client/problem-error.js';
import { Token } from '../../../web/client/token.js';

/** Client with a server that the test plays. */
function newClient(answer: Fetch, given?: string) {
  const token = new Token(undefined);
  if (given !== undefined) token.set(given);
  const reports: Reached['kind'][] = [];
  const requests: { readonly url: string; readonly headers: Readonly<Record<string, string>> }[] = [];
  const client = new HttpApiClient({
    base: 'http://localhost:7071/here/',
    token,
    fetch: async (url, init) => {
      requests.push({ url: url.href, headers: init.headers });
      return await answer(url, init);
    },
    visibility: { isHidden: false, onChange: () => () => undefined },
    onReached: ({ kind }) => reports.push(kind),
    random: () => 0,
  });
  return { client, reports, requests };
}

const json = (body: object, status = 200, headers: Record<string, string> = {}): Fetch => {
  return async () => new Response(JSON.stringify(body), { status, headers });
};
const problem = (status: number, code: string) => ({
  type: 'about:blank',
  title: 'No',
  status,
  code,
  detail: 'it is so',
});

async function failure(work: Promise<unknown>): Promise<ProblemError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ProblemError);
  return error as ProblemError;
}

describe('HttpApiClient', () => {
  it('takes as long as a file needs that has begun, and gives up one that does not begin', async () => {
    vi.useFakeTimers();
    try {
      let finish = (): void => undefined;
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          controller.enqueue(new TextEncoder().encode('one '));
          finish = () => {
            controller.enqueue(new TextEncoder().encode('two'));
            controller.close();
          };
        },
      });
      const { client } = newClient(async () => new Response(body));
      const file = client.file('/connections/x/records');
      await vi.advanceTimersByTimeAsync(300_000);
      finish();
      expect(await (await file).text()).toBe('one two');
      const silent = newClient(
        (_, { signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      );
      const given = failure(silent.client.file('/connections/x/records'));
      await vi.advanceTimersByTimeAsync(31_000);
      expect((await given).code).toBe('ERR_TIMEOUT');
    } finally {
      vi.useRealTimers();
    }
  });

  it('asks beside the page, with the token in a header alone', async () => {
    const { client, requests, reports } = newClient(json({ open: 1 }), 's3cret');
    await expect(client.get('/status', { filter: 'rtt > 1s', sort: undefined, limit: 5 })).resolves.toEqual({
      open: 1,
    });
    expect(requests).toEqual([
      {
        url: 'http://localhost:7071/here/api/v1/status?filter=rtt+%3E+1s&limit=5',
        headers: { accept: 'application/json', authorization: 'Bearer s3cret' },
      },
    ]);
    expect(reports).toEqual(['reached']);
  });

  it('sends no token that no header can have', async () => {
    const { client, requests } = newClient(json({}), 'gehöim\n');
    await client.get('/status');
    expect(requests[0]?.headers).toEqual({ accept: 'application/json' });
  });

  it('throws the problem of an answer', async () => {
    const { client, reports } = newClient(json({ ...problem(400, 'ERR_EXPRESSION'), at: 2 }, 400));
    const error = await failure(client.get('/connections'));
    expect(error).toMatchObject({
      message: 'it is so',
      code: 'ERR_EXPRESSION',
      isTemporary: false,
      problem: { at: 2 },
    });
    expect(reports, 'the collector answers').toEqual(['reached']);
  });

  it('says how long to wait', async () => {
    const { client } = newClient(json(problem(503, 'ERR_FULL'), 503, { 'retry-after': '2' }));
    expect(await failure(client.get('/status'))).toMatchObject({ isTemporary: true, retryAfterMs: 2000 });
  });

  it('reports a wrong token', async () => {
    const { client, reports } = newClient(json(problem(401, 'ERR_TOKEN'), 401));
    expect((await failure(client.get('/status'))).isTemporary).toBe(false);
    expect(reports).toEqual(['denied']);
  });

  it('reports a collector that stops as lost', async () => {
    const { client, reports } = newClient(json(problem(503, 'ERR_STOPPING'), 503));
    await failure(client.get('/status'));
    expect(reports).toEqual(['lost']);
  });

  it('reports no answer as lost', async () => {
    const { client, reports } = newClient(() => Promise.reject(new TypeError('Failed to fetch')));
    expect(await failure(client.get('/status'))).toMatchObject({ code: 'ERR_UNREACHABLE', isTemporary: true });
    expect(reports).toEqual(['lost']);
  });

  it('says the status of an answer that is no problem of the API', async () => {
    const { client, reports } = newClient(async () => new Response('<h1>Bad gateway</h1>', { status: 502 }));
    expect((await failure(client.get('/status'))).message).toBe('the server answers with status 502');
    expect(reports).toEqual(['lost']);
  });

  it('refuses an answer that is no JSON', async () => {
    const { client } = newClient(async () => new Response('<h1>Welcome</h1>'));
    expect((await failure(client.get('/status'))).code).toBe('ERR_ANSWER');
  });

  it('throws the reason of the caller who gives up', async () => {
    const { client, reports } = newClient(
      (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    );
    const stop = new AbortController();
    const answer = client.get('/status', {}, stop.signal);
    stop.abort(new Error('not needed any longer'));
    await expect(answer).rejects.toThrow('not needed any longer');
    expect(reports).toEqual([]);
  });

  it('counts the collector as lost until a lost stream has a message', async () => {
    const bodies: ReadableStreamDefaultController<Uint8Array>[] = [];
    const { client, reports } = newClient(async (url) => {
      if (!url.pathname.endsWith('/stream')) return new Response('{}');
      const body = new ReadableStream<Uint8Array>({ start: (controller) => void bodies.push(controller) });
      return new Response(body);
    });
    const send = (text: string): void => bodies.at(-1)?.enqueue(new TextEncoder().encode(text));
    const kinds: string[] = [];
    const stop = client.stream('/stream', {}, ({ kind }) => kinds.push(kind));
    const until = async (isSo: () => boolean): Promise<void> => {
      while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
    };
    await until(() => bodies.length === 1);
    bodies[0]?.close();
    await until(() => kinds.includes('lost'));
    reports.length = 0;
    // An answer has the stream tried again at once; what the page shows is still old.
    await client.get('/status');
    await until(() => bodies.length === 2);
    expect(reports).toEqual([]);
    send('{"event":"view"}\n');
    await until(() => kinds.includes('event'));
    expect(reports).toEqual(['reached']);
    stop();
  });
});
