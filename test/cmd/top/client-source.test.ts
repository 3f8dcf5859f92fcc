import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ClientSource } from '../../../cmd/tcp-info/top/client/client-source.js';
import { SourceError, type SourceEvent } from '../../../view/top/index.js';
import { tempFolder } from '../../support/temp.js';
import { until } from '../../support/waiting.js';
import { rowJson, viewEvent } from '../../view/top/rows.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Serves on a unix socket, and returns a client of it. `/status` is answered unless `handler` is to do all. */
async function connect(
  handler: Handler,
  hasStatus = true,
): Promise<{ readonly source: ClientSource; readonly urls: string[] }> {
  const urls: string[] = [];
  const socketPath = join(tempFolder(), 'x.sock');
  const server = createServer((request, response) => {
    urls.push(request.url ?? '');
    if (hasStatus && request.url === '/api/v1/status') response.end('{"mode":"live"}');
    else handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const source = await ClientSource.connect({ text: 'unix:x', socketPath, basePath: '', token: 'secret' });
  onTestFinished(() => source.close());
  return { source, urls };
}

/** Collects the events of a subscription until there are as many. */
async function events(source: ClientSource, count: number): Promise<SourceEvent[]> {
  const found: SourceEvent[] = [];
  const stop = source.subscribe({ filter: 'port 443', limit: 5 }, 500, (event) => found.push(event));
  await until('events', () => found.length >= count);
  stop();
  return found;
}

const line = (object: object): string => `${JSON.stringify(object)}\n`;

describe('a client of the API', () => {
  it('asks as the API expects', async () => {
    const { source, urls } = await connect((_, response) => response.end('{}'));
    await source.view({ filter: 'rtt > 5ms', limit: 3 });
    await source.timeline('a@b', { fromUs: 1_795_890_818_000_000, widthUs: 2e6 });
    await source.timeline('a', { widthUs: 1500 });
    await source.groups({ by: 'process.command' });
    await source.overview(5e6);
    await source.complete('rt', 2);
    expect(urls.slice(1)).toEqual([
      '/api/v1/connections?filter=rtt+%3E+5ms&limit=3',
      '/api/v1/connections/a%40b/timeline?from=2026-11-28T18%3A33%3A38Z&width=2000ms&source=memory',
      '/api/v1/connections/a/timeline?width=1500us&source=memory',
      '/api/v1/groups?by=process.command',
      '/api/v1/overview?window=5000ms',
      '/api/v1/complete?text=rt&at=2',
    ]);
  });

  it('reports the messages of a stream, wherever its bytes are cut', async () => {
    const view = viewEvent([rowJson(1, { process: { pid: 1, command: '數據' } })]);
    const bytes = Buffer.from(
      line({ event: 'view', ...view }) + line({ event: 'ping' }) + line({ event: 'delta', time: view.time, rows: {} }),
    );
    const { source, urls } = await connect((request, response) => {
      expect(request.headers).toMatchObject({ authorization: 'Bearer secret', accept: 'application/x-ndjson' });
      for (const byte of bytes) response.write(Buffer.of(byte));
      response.end();
    });
    const [first, second, third] = await events(source, 3);
    expect(first).toEqual({ kind: 'view', view: { event: 'view', ...view } });
    expect(second).toMatchObject({ kind: 'delta' });
    expect(third).toEqual({ kind: 'lost', reason: 'the collector has ended the stream' });
    expect(urls[1]).toBe('/api/v1/stream?filter=port+443&limit=5&every=500ms');
  });

  it('tries again after the stream broke', async () => {
    let count = 0;
    const { source } = await connect((_, response) => {
      count++;
      response.write(line({ event: 'view', ...viewEvent([]) }), () => count === 1 && response.destroy());
    });
    expect((await events(source, 3)).map(({ kind }) => kind)).toEqual(['view', 'lost', 'view']);
  });

  it('keeps the stream of a watched connection open, also after it broke, until it is refused or stopped', async () => {
    let count = 0;
    const { source, urls } = await connect((_, response) => {
      count++;
      if (count === 1) response.destroy();
      else if (count === 2) response.write(line({ event: 'view' }));
      else response.writeHead(404).end('{"detail":"no such connection"}');
    });
    const stop = source.watch('a@b');
    await until('a second stream', () => count === 2);
    stop();
    source.watch('c');
    await until('a refusal', () => count === 3);
    expect(urls.slice(1)).toEqual(['a%40b', 'a%40b', 'c'].map((key) => `/api/v1/connections/${key}/stream?every=30s`));
  });

  it('does not take a defect of this program for a broken stream', async () => {
    const client = await connect((_, response) => response.write(line({ event: 'view', ...viewEvent([]) })));
    const found = await new Promise<unknown>((resolve) => {
      // Vitest has its own listeners, which fail the run.
      const others = process.listeners('unhandledRejection');
      process.removeAllListeners('unhandledRejection');
      process.once('unhandledRejection', (error) => {
        for (const other of others) process.on('unhandledRejection', other);
        resolve(error);
      });
      client.source.subscribe({}, 500, () => {
        throw new TypeError('a defect');
      });
    });
    expect(found).toEqual(new TypeError('a defect'));
  });

  it('does not try again when the request is wrong', async () => {
    const { source, urls } = await connect((_, response) => {
      response.writeHead(400).end('{"title":"bad filter","detail":"at 3: wrong"}');
    });
    expect(await events(source, 1)).toEqual([{ kind: 'refused', reason: 'at 3: wrong' }]);
    expect(urls).toHaveLength(2);
  });

  it.each([
    ['null'],
    ['{"event":7}'],
    ['{"event":"view","time":"x"}'],
    ['{"event":"view","time":"x","rows":{}}'],
    ['{"event":"delta","time":"x","rows":null}'],
    ['no json'],
  ])('reports a stream with %s as lost', async (text) => {
    const { source } = await connect((_, response) => response.write(`${text}\n`));
    expect(await events(source, 1)).toEqual([
      { kind: 'lost', reason: expect.stringMatching(/unexpected message|expected JSON/) },
    ]);
  });

  it.each([
    [401, '', true, /needs a token/],
    [503, '<html>', false, /status 503/],
    [429, '{"detail":"too many"}', false, /too many/],
    [200, '<html>', false, /expected JSON/],
  ] as const)('explains an answer with status %i', async (status, body, isWrong, message) => {
    const connecting = connect((_, response) => response.writeHead(status).end(body), false);
    const error = await connecting.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(SourceError);
    expect(error).toMatchObject({ isWrong, message: expect.stringMatching(message) });
  });

  it('explains an answer that breaks off', async () => {
    const { source } = await connect((_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{', () => response.destroy());
    });
    await expect(source.status().then(() => source.overview(1))).rejects.toThrow(/the answer broke off/);
  });
});
