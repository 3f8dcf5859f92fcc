import { type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import { within } from './waiting.js';

/** Answer of the live API. */
export interface LiveAnswer<T> {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: T;
  readonly text: string;
}

/** One line of a stream in NDJSON. */
export interface LiveMessage {
  readonly event: string;
  readonly [key: string]: unknown;
}

/** Client of the live API over a unix socket. */
export class LiveClient {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Gets a route below `/api/v1`, with parameters. The body is parsed if it is JSON. */
  async get<T>(path: string, parameters: Readonly<Record<string, string | number>> = {}): Promise<LiveAnswer<T>> {
    return await this.#answer<T>(await this.#request(path, parameters, {}));
  }

  /** Posts an object as JSON to a route below `/api/v1`. */
  async post<T>(path: string, body: object): Promise<LiveAnswer<T>> {
    const headers = { 'Content-Type': 'application/json' };
    return await this.#answer<T>(
      await this.#request(path, {}, headers, { method: 'POST', body: JSON.stringify(body) }),
    );
  }

  /** Gets a route as bytes. */
  async download(path: string): Promise<Pick<LiveAnswer<never>, 'status' | 'headers'> & { readonly bytes: Buffer }> {
    const response = await this.#request(path, {}, {});
    const bytes = Buffer.concat((await response.toArray()) as Buffer[]);
    return { status: response.statusCode ?? 0, headers: response.headers, bytes };
  }

  async #answer<T>(response: IncomingMessage): Promise<LiveAnswer<T>> {
    response.setEncoding('utf8');
    let text = '';
    for await (const chunk of response) text += chunk;
    const isJson =
      /json/.test(response.headers['content-type'] ?? '') && !/ndjson/.test(response.headers['content-type'] ?? '');
    const body = (isJson ? JSON.parse(text) : undefined) as T;
    return { status: response.statusCode ?? 0, headers: response.headers, body, text };
  }

  /** Sends a change in JSON: POST with a body, DELETE without. The answer's body is parsed. */
  async change<T>(method: 'POST' | 'DELETE', path: string, body?: object): Promise<LiveAnswer<T>> {
    const sent = { method, body: body === undefined ? '' : JSON.stringify(body) };
    return await this.#answer(await this.#request(path, {}, { 'Content-Type': 'application/json' }, sent));
  }

  /** Opens a stream in NDJSON, and yields its messages. Ending the iteration closes it. */
  async *stream(
    path: string,
    parameters: Readonly<Record<string, string | number>> = {},
    headers: Readonly<Record<string, string>> = {},
  ): AsyncGenerator<LiveMessage> {
    const response = await this.#request(path, parameters, { Accept: 'application/x-ndjson', ...headers });
    if (response.statusCode !== 200) throw new Error(`stream answered ${response.statusCode}`);
    try {
      for await (const line of createInterface({ input: response }))
        if (line !== '') yield JSON.parse(line) as LiveMessage;
    } finally {
      response.destroy();
    }
  }

  #request(
    path: string,
    parameters: Readonly<Record<string, string | number>>,
    headers: Readonly<Record<string, string>>,
    { method = 'GET', body = '' }: { readonly method?: string; readonly body?: string } = {},
  ): Promise<IncomingMessage> {
    const query = new URLSearchParams(
      Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const target = `/api/v1${path}${query.size === 0 ? '' : `?${query}`}`;
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      const length = method === 'GET' ? {} : { 'Content-Length': Buffer.byteLength(body) };
      const options = { socketPath: this.#socketPath, path: target, method };
      request({ ...options, headers: { Host: 'localhost', ...length, ...headers } }, resolve)
        .once('error', reject)
        .end(body);
    });
    return within(`an answer to ${target}`, answered, 60_000);
  }
}
