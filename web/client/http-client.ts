import type { ApiClient, QueryParameters, StreamEvent } from './api-client.js';
import { ProblemError, pageProblem, readProblem } from './problem-error.js';
import { Stream } from './stream.js';
import type { Token } from './token.js';
import type { Visibility } from './visibility.js';

/** Longest wait for an answer: the collector reads archives for at most 20 s. */
const ANSWER_MS = 30_000;
const UNAUTHORIZED = 401;
/** Letters that a token can have in a header. */
const HEADER_TEXT = /^[!-~]+$/;

/** Report of each request about the way to the collector. */
export type Reached =
  | { readonly kind: 'reached' }
  /** No answer, or one that says that the collector cannot answer now. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** The token is missing or wrong. */
  | { readonly kind: 'denied'; readonly problem: ProblemError; readonly hasToken: boolean };

/** Part of `fetch` that is used. */
export type Fetch = (
  url: URL,
  init: {
    readonly headers: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
    readonly cache: 'no-store';
    readonly method?: 'POST' | 'DELETE';
    readonly body?: string;
  },
) => Promise<Response>;

/** Options of {@link HttpApiClient}. */
export interface HttpApiClientOptions {
  /** Address of the page: the API is beside it. */
  readonly base: string;
  readonly token: Token;
  readonly fetch: Fetch;
  readonly visibility: Visibility;
  readonly onReached: (report: Reached) => void;
  readonly random?: () => number;
}

/** Client of the API by `fetch`. The token is in a header, never in an address. */
export class HttpApiClient implements ApiClient {
  readonly #options: HttpApiClientOptions;
  /** Streams that broke off and have no message since: what they show is old. */
  readonly #lost = new Set<Stream>();

  constructor(options: HttpApiClientOptions) {
    this.#options = options;
  }

  async get<T>(path: string, parameters?: QueryParameters, signal?: AbortSignal): Promise<T> {
    return parseAnswer(await this.#answer(path, parameters, 'application/json', signal));
  }

  async post<T>(path: string, body: object): Promise<T> {
    const command = { method: 'POST', body: JSON.stringify(body) } as const;
    return parseAnswer(await this.#answer(path, {}, 'application/json', undefined, command));
  }

  async delete<T>(path: string): Promise<T> {
    return parseAnswer(await this.#answer(path, {}, 'application/json', undefined, { method: 'DELETE' }));
  }

  async file(path: string, parameters: QueryParameters = {}): Promise<Blob> {
    const limit = answerLimit();
    try {
      const response = await this.#send(path, parameters, '*/*', limit.signal);
      // What has begun may take long: archives of days, over a slow tunnel.
      limit.end();
      return await response.blob();
    } catch (error) {
      throw limit.signal.aborted ? limit.signal.reason : brokenOff(error);
    } finally {
      limit.end();
    }
  }

  stream(path: string, parameters: QueryParameters, on: (event: StreamEvent) => void): () => void {
    const { visibility, onReached, random = Math.random } = this.#options;
    const stream: Stream = new Stream({
      open: async (signal) => {
        const { body } = await this.#send(path, parameters, 'application/x-ndjson', signal);
        if (body === null) throw pageProblem('ERR_ANSWER', 'the stream has no body');
        return body;
      },
      on: (event) => {
        if (event.kind === 'lost') {
          this.#lost.add(stream);
          onReached({ kind: 'lost', reason: event.reason });
        } else {
          this.#lost.delete(stream);
          this.#reached();
        }
        on(event);
      },
      visibility,
      random,
    });
    return () => {
      stream.stop();
      this.#lost.delete(stream);
    };
  }

  /** Reports that the collector answers, and has lost streams try again. It counts as lost until they have messages. */
  #reached(): void {
    if (this.#lost.size === 0) this.#options.onReached({ kind: 'reached' });
    for (const stream of this.#lost) stream.retry();
  }

  async #answer(
    path: string,
    parameters: QueryParameters = {},
    accept: string,
    signal?: AbortSignal,
    command?: Command,
  ): Promise<string> {
    const limit = answerLimit();
    const end = (): void => limit.abort(signal?.reason);
    signal?.addEventListener('abort', end);
    if (signal?.aborted === true) end();
    try {
      const response = await this.#send(path, parameters, accept, limit.signal, command);
      return await response.text();
    } catch (error) {
      throw limit.signal.aborted ? limit.signal.reason : brokenOff(error);
    } finally {
      limit.end();
      signal?.removeEventListener('abort', end);
    }
  }

  /** @throws ProblemError, or the reason of the signal */
  async #send(
    path: string,
    parameters: QueryParameters,
    accept: string,
    signal: AbortSignal,
    command?: Command,
  ): Promise<Response> {
    const { base, token, onReached } = this.#options;
    const url = new URL(`api/v1${path}`, base);
    for (const [name, value] of Object.entries(parameters)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const headers: Record<string, string> = { accept };
    if (token.value !== undefined && HEADER_TEXT.test(token.value)) headers['authorization'] = `Bearer ${token.value}`;
    let response: Response;
    try {
      if (command !== undefined) headers['content-type'] = 'application/json';
      response = await this.#options.fetch(url, { headers, signal, cache: 'no-store', ...command });
    } catch (error) {
      if (signal.aborted) throw error;
      // Browsers do not say what is wrong: refused, no route, or closed.
      const problem = pageProblem('ERR_UNREACHABLE', 'the collector cannot be reached');
      onReached({ kind: 'lost', reason: problem.message });
      throw problem;
    }
    if (response.ok) {
      this.#reached();
      return response;
    }
    const problem = await readProblem(response);
    if (problem.code === 'ERR_TOKEN' || problem.status === UNAUTHORIZED) {
      onReached({ kind: 'denied', problem, hasToken: token.value !== undefined });
    } else if (problem.code === 'ERR_STOPPING' || problem.status === 502 || problem.status === 504) {
      onReached({ kind: 'lost', reason: problem.message });
    } else this.#reached();
    throw problem;
  }
}

/** Request that changes something. */
interface Command {
  readonly method: 'POST' | 'DELETE';
  readonly body?: string;
}

/** Signal that ends a request without an answer in time. */
interface AnswerLimit {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  /** Takes the limit away. */
  end(): void;
}

function answerLimit(): AnswerLimit {
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort(pageProblem('ERR_TIMEOUT', `there was no answer within ${ANSWER_MS / 1000} s`));
  }, ANSWER_MS);
  return { signal: limit.signal, abort: (reason) => limit.abort(reason), end: () => clearTimeout(timer) };
}

function brokenOff(error: unknown): ProblemError {
  return error instanceof ProblemError ? error : pageProblem('ERR_UNREACHABLE', 'the answer broke off');
}

function parseAnswer<T>(text: string): T {
  try {
    // The collector's answers have the types of live/wire/.
    return JSON.parse(text) as T;
  } catch {
    throw pageProblem('ERR_ANSWER', 'the answer is no JSON: is the collector behind this address?');
  }
}
