import { once } from 'node:events';
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach } from 'vitest';
import { StoreAnswers } from '../../../live/answers/index.js';
import { createLiveServer, type LiveServer, type LiveServerOptions } from '../../../live/api/index.js';
import { createLogger } from '../../../log/index.js';
import { createMetrics, type LiveMetrics, type Metrics } from '../../../metrics/index.js';
import { MemoryRow, MemoryStore } from '../../support/live-store.js';
import { tempFolder } from '../../support/temp.js';

/** Running server of one test. */
export interface Served {
  readonly server: LiveServer;
  readonly store: MemoryStore;
  readonly answering: StoreAnswers;
  readonly row: MemoryRow;
  readonly metrics: Metrics;
  readonly port: number;
  readonly path: string;
  readonly token: string;
  /** Log lines so far. */
  readonly lines: string[];
}

/** Answer to a request. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Registry with the metrics of the live API. */
export function liveMetrics(): { readonly all: Metrics; readonly live: LiveMetrics } {
  const all = createMetrics({ version: 'test', processMetrics: false, live: true });
  if (all.live === undefined) throw new Error('the registry lacks the metrics of the live API');
  return { all, live: all.live };
}

/** Starts servers on 127.0.0.1 and a unix socket, which end with the test. */
export function useLiveServer(): (options?: Partial<LiveServerOptions>) => Promise<Served> {
  const servers: LiveServer[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });
  return async (options = {}) => {
    const folder = tempFolder();
    const path = join(folder, 'live.sock');
    const store = new MemoryStore();
    const row = new MemoryRow(0xd8fn);
    store.all.push(row, new MemoryRow(0xd90n, { remotePort: 8443, localPort: 50_001 }));
    const answering = new StoreAnswers(store, {
      // Each tick of the store is a second, however soon the next one comes.
      elapsedMs: () => performance.now() + 1000 * store.generation,
      onFault: (error) => {
        throw error;
      },
    });
    const { all, live } = liveMetrics();
    const lines: string[] = [];
    let announced = '';
    const server = createLiveServer({
      ...{ answering, store, metrics: live, version: '1.2.3', host: 'web1', beatUs: () => 10_000 },
      log: createLogger({ write: (line) => lines.push(line) }),
      listeners: [{ host: '127.0.0.1', port: 0 }, { path }],
      environment: { XDG_RUNTIME_DIR: folder },
      announce: (text) => {
        announced = text;
      },
      ...options,
    });
    servers.push(server);
    const { addresses } = await server.start();
    const port = Number(/:(\d+)$/.exec(addresses[0] ?? '')?.[1] ?? 0);
    const token = /#token=(\S+)/.exec(announced)?.[1] ?? '';
    return { server, store, answering, row, metrics: all, port, path, token, lines };
  };
}

/** Sends a request over the unix socket, and returns the whole answer. */
export async function get(
  { path }: Pick<Served, 'path'>,
  target: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Answered> {
  return await send({ socketPath: path, path: `/api/v1${target}`, method, headers });
}

/** Sends a body over the unix socket, and returns the whole answer. */
export async function post(
  { path }: Pick<Served, 'path'>,
  target: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  return await send({ socketPath: path, path: `/api/v1${target}`, method: 'POST', headers }, body);
}

/** Sends a request over TCP with the token, unless the headers have another one. */
export async function getTcp(
  { port, token }: Pick<Served, 'port' | 'token'>,
  target: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Answered> {
  const all = { authorization: `Bearer ${token}`, ...headers };
  return await send({ host: '127.0.0.1', port, path: `/api/v1${target}`, method, headers: all });
}

/** Sends a request for a file of the page over TCP, without a token. */
export async function getPage(
  { port }: Pick<Served, 'port'>,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Answered> {
  return await send({ host: '127.0.0.1', port, path, method, headers });
}

/** Sends a request for a file of the page over the unix socket. */
export async function getPageUnix({ path: socketPath }: Pick<Served, 'path'>, path: string): Promise<Answered> {
  return await send({ socketPath, path });
}

async function send(options: RequestOptions, body = ''): Promise<Answered> {
  const sent = request({ ...options, agent: false }).end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(Buffer.from(part as Uint8Array));
  const bytes = Buffer.concat(parts);
  const plain = response.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
  return { status: response.statusCode ?? 0, headers: response.headers, body: plain.toString() };
}

/** Client of a stream that keeps its text. */
export interface StreamReader {
  readonly socket: Socket;
  /** Text after the head, without the framing of chunks. */
  body(): string;
  head(): string;
  closed(): boolean;
}

/** Opens a stream over the unix socket. */
export async function openStream(
  { path }: Pick<Served, 'path'>,
  target: string,
  accept = 'text/event-stream',
): Promise<StreamReader> {
  const socket = connect({ path });
  let text = '';
  let closed = false;
  socket.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  socket.on('error', () => {}); // the server may end with a reset
  socket.on('close', () => {
    closed = true;
  });
  await once(socket, 'connect');
  // HTTP/1.0: without the framing of chunks.
  socket.write(`GET /api/v1${target} HTTP/1.0\r\nAccept: ${accept}\r\n\r\n`);
  return {
    socket,
    body: () => text.split('\r\n\r\n').slice(1).join('\r\n\r\n'),
    head: () => text.split('\r\n\r\n', 1)[0] ?? '',
    closed: () => closed,
  };
}

/** Event of a stream. */
export interface StreamEvent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string;
}

/** Parses complete server-sent events. */
export function events(body: string): StreamEvent[] {
  return body
    .split('\n\n')
    .slice(0, -1)
    .map((block) => {
      const field = (name: string): string | undefined =>
        block
          .split('\n')
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2);
      return { id: field('id'), event: field('event') ?? '', data: field('data') ?? '' };
    });
}
