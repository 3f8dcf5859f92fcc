import { Agent, type IncomingMessage, request } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import { describeSystemError } from '../../../../host/index.js';
import type { LiveAddress } from '../../../../live/client/index.js';
import { SourceError } from '../../../../view/top/index.js';

/** Parameters of a request; undefined ones are left out. */
export type Parameters = Readonly<Record<string, string | number | undefined>>;

/** Bounds of one answer. */
export interface AnswerLimits {
  /** Ends the request. */
  readonly signal?: AbortSignal;
  readonly maxBytes?: number;
}

const API = '/api/v1';
/** Time for the answer to a request. */
const ANSWER_MS = 10_000;
/** Silence after which a stream counts as broken: the collector sends a ping after 15 s. */
const SILENCE_MS = 40_000;
/** Longest answer, and longest line of a stream. */
const MAX_BYTES = 256 * 2 ** 20;
const UNAUTHORIZED = 401;

/** Plain client of a collector's API. */
export class HttpClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });

  constructor(readonly address: LiveAddress) {}

  /** Returns the answer of a route as JSON. @throws SourceError */
  async get<T>(path: string, parameters: Parameters = {}, { signal, maxBytes }: AnswerLimits = {}): Promise<T> {
    const response = await this.#send(path, parameters, 'application/json', ANSWER_MS, signal);
    return parseJson<T>(await readAll(response, maxBytes), this.address);
  }

  /** Changes something, and returns the answer as JSON. @throws SourceError */
  async change<T>(method: 'POST' | 'DELETE', path: string, body?: object): Promise<T> {
    const sent = { method, body: body === undefined ? undefined : JSON.stringify(body) };
    const response = await this.#send(path, {}, 'application/json', ANSWER_MS, undefined, sent);
    return parseJson<T>(await readAll(response), this.address);
  }

  /**
   * Reads a stream of lines until it ends.
   * @param take gets each line as an object
   * @param signal ends the stream
   * @throws SourceError when the stream is refused or breaks
   */
  async stream(
    path: string,
    parameters: Parameters,
    take: (line: unknown) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const response = await this.#send(path, parameters, 'application/x-ndjson', SILENCE_MS, signal);
    const decoder = new StringDecoder('utf8');
    let rest = '';
    for await (const chunk of this.#chunks(response)) {
      rest += decoder.write(chunk);
      if (rest.length > MAX_BYTES) throw new SourceError('a line of the stream is too long', false);
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 1);
        // An error of `take` is a defect of this program, not of the stream.
        if (line.trim() !== '') take(parseJson(line, this.address));
      }
    }
  }

  /** @throws SourceError when the stream breaks */
  async *#chunks(response: IncomingMessage): AsyncGenerator<Buffer, void, undefined> {
    const chunks = (response as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    try {
      for (;;) {
        let next: IteratorResult<Buffer, unknown>;
        try {
          next = await chunks.next();
        } catch (error) {
          throw broken(error, this.address);
        }
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      response.destroy();
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #send(
    path: string,
    parameters: Parameters,
    accept: string,
    timeoutMs: number,
    signal?: AbortSignal,
    change?: { readonly method: string; readonly body: string | undefined },
  ): Promise<IncomingMessage> {
    const { socketPath, host, port, basePath, token } = this.address;
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, String(value));
    const search = query.size === 0 ? '' : `?${query}`;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request(
        {
          ...(socketPath === undefined ? { host, port } : { socketPath, host: 'localhost' }),
          path: `${basePath}${API}${path}${search}`,
          method: change?.method ?? 'GET',
          headers: {
            accept,
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
            ...(change === undefined ? {} : { 'content-type': 'application/json' }),
          },
          // A stream has a connection of its own.
          ...(signal === undefined ? { agent: this.#agent } : { agent: false, signal }),
        },
        resolve,
      );
      sent.setTimeout(timeoutMs, () => sent.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
      sent.on('error', (error) => reject(broken(error, this.address)));
      sent.end(change?.body);
    });
    if ([200, 201, 202].includes(response.statusCode ?? 0)) return response;
    throw refused(response, await readAll(response), this.address);
  }
}

async function readAll(response: IncomingMessage, maxBytes = MAX_BYTES): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) throw new SourceError('the answer is too long', false);
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof SourceError
      ? error
      : new SourceError(`the answer broke off: ${describeSystemError(error)}`, false);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson<T>(text: string, { text: place }: LiveAddress): T {
  try {
    // The collector's answers have the types of live/wire/.
    return JSON.parse(text) as T;
  } catch {
    throw new SourceError(`${place} does not answer as a collector: expected JSON`, false);
  }
}

/** Returns the error for a request that was refused: its detail says what is wrong. */
function refused({ statusCode = 0 }: IncomingMessage, body: string, { text: place }: LiveAddress): SourceError {
  if (statusCode === UNAUTHORIZED) {
    return new SourceError(
      `${place} needs a token, or another one: add #token=TOKEN to the address, or set TCP_INFO_LIVE_TOKEN`,
      true,
    );
  }
  const isWrong = statusCode >= 400 && statusCode < 500 && statusCode !== 429;
  const detail = detailOf(body);
  return new SourceError(detail ?? `${place} answers with status ${statusCode}`, isWrong);
}

function detailOf(body: string): string | undefined {
  try {
    const { detail, title } = JSON.parse(body) as { readonly detail?: unknown; readonly title?: unknown };
    return [detail, title].find((text) => typeof text === 'string');
  } catch {
    // Not a problem of the API, e.g. a proxy's page: the status says more.
    return undefined;
  }
}

function broken(error: unknown, { text: place }: LiveAddress): SourceError {
  return new SourceError(`${place}: ${describeSystemError(error)}`, false);
}
