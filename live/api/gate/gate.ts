import type { LiveRejection } from '../../../metrics/index.js';
import type { Exchange } from '../../http/index.js';
import { methodError, ProblemError } from '../problem.js';
import { Guesses } from './guesses.js';
import { isOwnHost, isOwnOrigin } from './host.js';
import type { Token } from './token.js';

/** Maximum length of path and query. */
export const MAX_URL_BYTES = 8 * 1024;

/** Options of {@link Gate}. */
export interface GateOptions {
  /** Further names and addresses for `Host`, in lower case. */
  readonly hosts: ReadonlySet<string>;
  /** Token of clients over TCP; absent without listeners on TCP. */
  readonly token?: Token;
  readonly isReadOnly: boolean;
  /** Called for each request that does not pass. */
  readonly onRejected: (reason: LiveRejection) => void;
}

/**
 * One gate before all routes. A request is checked in this order: size and method, `Host`, `Origin`, `Sec-Fetch-Site`,
 * token. Clients of a unix socket need neither `Host` nor token, because the mode of its file admitted them; files of
 * the page need no token.
 */
export class Gate {
  readonly #options: GateOptions;
  readonly #guesses = new Guesses();

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Checks a request for data. @throws ProblemError when it may not pass */
  check(exchange: Exchange): void {
    this.#checkRequest(exchange);
    this.#checkSite(exchange);
    this.#checkToken(exchange);
  }

  /**
   * Checks a request for a file of the page. Files hold no data: a browser loads them without the token, and a link on
   * another site may lead to the page.
   * @throws ProblemError when it may not pass
   */
  checkPage(exchange: Exchange): void {
    this.#checkRequest(exchange);
    if (!isVisit(exchange)) this.#checkSite(exchange);
  }

  #checkRequest(exchange: Exchange): void {
    this.#checkSize(exchange);
    this.#checkMethod(exchange);
    this.#checkHost(exchange);
  }

  #checkSize({ target, hasBody, method }: Exchange): void {
    if (target.length > MAX_URL_BYTES) {
      this.#reject('malformed', 414, 'ERR_URL', `path and query have more than ${MAX_URL_BYTES} bytes`);
    }
    if (hasBody && isRead(method)) this.#reject('malformed', 413, 'ERR_BODY', `a body is not accepted with ${method}`);
  }

  #checkMethod({ method }: Exchange): void {
    if (isRead(method)) return;
    const isWrite = method === 'POST' || method === 'DELETE';
    if (this.#options.isReadOnly && isWrite) {
      throw new ProblemError(403, 'ERR_READ_ONLY', 'the collector runs with -live.read-only');
    }
    if (!isWrite) throw methodError(method, 'GET, HEAD, POST, DELETE');
  }

  #checkHost({ headers, transport, localAddress }: Exchange): void {
    if (transport === 'unix' || isOwnHost(headers.get('host'), this.#options.hosts, localAddress)) return;
    this.#reject('host', 421, 'ERR_HOST', 'this Host is not served here; -live.hosts adds names');
  }

  #checkSite({ headers }: Exchange): void {
    const origin = headers.get('origin');
    if (origin !== undefined && !isOwnOrigin(origin, headers.get('host'))) {
      this.#reject('origin', 403, 'ERR_ORIGIN', 'the Origin is another site');
    }
    const site = headers.get('sec-fetch-site');
    if (site !== undefined && site !== 'same-origin' && site !== 'none') {
      this.#reject('origin', 403, 'ERR_ORIGIN', 'the request comes from another site (Sec-Fetch-Site)');
    }
  }

  #checkToken({ headers, transport }: Exchange): void {
    if (transport === 'unix') return;
    const [, given] = /^Bearer +(\S+)$/i.exec(headers.get('authorization') ?? '') ?? [];
    if (given !== undefined && this.#options.token?.equals(given) === true) return;
    const isTooMany = this.#guesses.failed(performance.now());
    this.#options.onRejected('token');
    if (isTooMany) {
      const detail = 'too many requests without the right token';
      throw new ProblemError(429, 'ERR_TOKEN', detail, {}, { 'Retry-After': '1' });
    }
    const headersOfAnswer = { 'WWW-Authenticate': 'Bearer realm="tcp-info"' };
    throw new ProblemError(401, 'ERR_TOKEN', 'expected Authorization: Bearer with the token', {}, headersOfAnswer);
  }

  #reject(
    reason: LiveRejection,
    status: number,
    code: 'ERR_URL' | 'ERR_BODY' | 'ERR_HOST' | 'ERR_ORIGIN',
    detail: string,
  ): never {
    this.#options.onRejected(reason);
    throw new ProblemError(status, code, detail);
  }
}

/** Returns whether a browser follows a link in a tab of its own, not in a frame: then no site gets the answer. */
function isVisit({ method, headers }: Exchange): boolean {
  const isTab = headers.get('sec-fetch-mode') === 'navigate' && headers.get('sec-fetch-dest') === 'document';
  return isTab && method === 'GET' && !headers.has('origin');
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}
