import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { CONTENT_TYPES, renderMetrics } from './exposition.js';
import { ListenError } from './listen-error.js';
import type { Metrics } from './metrics.js';
import { acceptsGzip, negotiateFormat } from './negotiate.js';
import type { ScrapeCode } from './reference.js';

const gzipAsync = promisify(gzip);

/** How something is. */
export type Health = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** What {@link MetricsServer} serves. */
export interface MetricsServerOptions {
  /** What `/metrics` shows; its scrapes are counted there too. */
  readonly metrics: Pick<Metrics, 'registry' | 'reference'>;
  /** Asked by `/healthz`: whether the process does its work. Always by default. */
  readonly health?: () => Health;
  /** Asked by `/readyz`: whether the process has started fully. Always by default. */
  readonly ready?: () => Health;
  /** Whether to answer in OpenMetrics to those who prefer it (default true); the reference always answers in text. */
  readonly openMetrics?: boolean;
  /** Scrapes served at one time; more are answered with 503 (default 40). */
  readonly maxScrapes?: number;
}

/** Where to listen. Port 0 takes any free one; without a host every address of the machine, IPv6 and IPv4, is served. */
export interface ListenAddress {
  readonly host?: string;
  readonly port: number;
}

/** How long close() lets answers be finished. */
const CLOSE_GRACE_MS = 500;

/**
 * The monitoring page: `/metrics`, `/healthz` and `/readyz` over HTTP, GET and HEAD. An error while serving is answered
 * with 500 and counted; it goes no further.
 */
export class MetricsServer {
  readonly #options: MetricsServerOptions;
  readonly #server: Server;
  #scrapes = 0;

  constructor(options: MetricsServerOptions) {
    this.#options = options;
    this.#server = createServer(
      {
        headersTimeout: 10_000,
        requestTimeout: 30_000,
        // Longer than the usual scrape intervals, so that a scraper never writes into a connection that we just closed.
        keepAliveTimeout: 90_000,
      },
      (request, response) => void this.#serve(request, response),
    );
    this.#server.timeout = 30_000; // a client that does not take its answer
    this.#server.maxConnections = 512;
  }

  /**
   * Begins to serve and gives the address in use.
   * @throws ListenError when the address cannot be had.
   */
  listen(address: ListenAddress): Promise<AddressInfo> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      const failed = (cause: NodeJS.ErrnoException) => reject(new ListenError(address, cause));
      server.once('error', failed);
      const listening = () => {
        server.off('error', failed);
        // Out of descriptors at accept: the connection is refused, and the next may succeed.
        server.on('error', () => this.#options.metrics.reference.scrapes.inc('500'));
        const bound = server.address();
        if (bound === null || typeof bound === 'string') {
          reject(new TypeError('listening on a port gave no address'));
        } else {
          resolve(bound);
        }
      };
      try {
        server.listen({ ...address }, listening);
      } catch (error) {
        failed(error instanceof Error ? error : new Error(String(error))); // an impossible port is thrown, not emitted
      }
    });
  }

  /** Ends within a second: idle connections at once, busy ones when answered or when the time is up. */
  close(): Promise<void> {
    const server = this.#server;
    return new Promise((resolve) => {
      const timer = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
      server.close(() => {
        clearTimeout(timer);
        resolve();
      });
      server.closeIdleConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {}); // the client went away; there is nobody left to tell
    try {
      const path = request.url?.split('?', 1)[0];
      if (path !== '/metrics' && path !== '/healthz' && path !== '/readyz') {
        return answer(response, 404, '404 page not found\n');
      }
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.setHeader('Allow', 'GET, HEAD');
        return answer(response, 405, 'method not allowed\n');
      }
      if (path === '/metrics') {
        return await this.#scrape(request, response);
      }
      const health = (path === '/healthz' ? this.#options.health : this.#options.ready)?.() ?? { ok: true };
      return health.ok ? answer(response, 200, 'ok\n') : answer(response, 503, `${health.reason}\n`);
    } catch (error) {
      answer(response, 500, `${error instanceof Error ? error.message : String(error)}\n`);
    }
  }

  async #scrape(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { scrapes, scrapesInFlight } = this.#options.metrics.reference;
    if (this.#scrapes >= (this.#options.maxScrapes ?? 40)) {
      scrapes.inc('503');
      return answer(response, 503, 'too many scrapes at one time\n');
    }
    this.#scrapes++;
    scrapesInFlight.inc();
    response.once('close', () => {
      this.#scrapes--;
      scrapesInFlight.dec();
    });
    scrapes.inc(await this.#answerScrape(request, response));
  }

  async #answerScrape(request: IncomingMessage, response: ServerResponse): Promise<ScrapeCode> {
    const { metrics, openMetrics = true } = this.#options;
    const format = openMetrics ? negotiateFormat(request.headers.accept) : 'text';
    const compress = acceptsGzip(request.headers['accept-encoding']?.toString());
    let page: Buffer;
    try {
      page = Buffer.from(await renderMetrics(metrics.registry, format));
      page = compress ? await gzipAsync(page) : page;
    } catch (error) {
      answer(response, 500, `metrics: ${error instanceof Error ? error.message : String(error)}\n`);
      return '500';
    }
    response.setHeader('Content-Type', CONTENT_TYPES[format]);
    response.setHeader('Vary', 'Accept, Accept-Encoding');
    if (compress) {
      response.setHeader('Content-Encoding', 'gzip');
    }
    answer(response, 200, page);
    return '200';
  }
}

/** Ends the response; Node leaves the body out where the request was HEAD. */
function answer(response: ServerResponse, status: number, body: string | Buffer): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  if (!response.hasHeader('Content-Type')) {
    response.setHeader('Content-Type', 'text/plain; charset=utf-8');
    response.setHeader('X-Content-Type-Options', 'nosniff');
  }
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.statusCode = status;
  response.end(body);
}
