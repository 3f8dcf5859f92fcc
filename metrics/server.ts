import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Answer,
  type EndReason,
  type Exchange,
  HttpServer,
  type HttpServerOptions,
  type ListenAddress,
  type SocketCalls,
  textAnswer,
} from '../live/http/index.js';
import { CONTENT_TYPES, type ExpositionFormat, renderMetrics } from './exposition.js';
import { ListenError } from './listen-error.js';
import type { Metrics } from './metrics.js';
import { acceptsGzip, negotiateFormat } from './negotiate.js';
import { Pages, type PagesByFormat } from './page.js';
import { Scrapes } from './scrapes.js';

/** Result of a health check. */
export type Health = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Options of {@link MetricsServer}. */
export interface MetricsServerOptions extends Pick<HttpServerOptions, 'places' | 'deadlines'> {
  /** Registry that `/metrics` shows. The server counts its scrapes and connections there too. */
  readonly metrics: Pick<Metrics, 'registry' | 'reference' | 'http'>;
  /** Provides the answer of `/healthz`: whether the process does its work. Default: always ok. */
  readonly health?: () => Health;
  /** Provides the answer of `/readyz`: whether the process has started completely. Default: always ok. */
  readonly ready?: () => Health;
  /** Answers in OpenMetrics if the client prefers it (default true). The reference always answers in text. */
  readonly openMetrics?: boolean;
  /**
   * Limit of scrapes served at one time for this machine, and for all others; more are answered with 503 (default 40).
   */
  readonly maxScrapes?: number;
  /** Creates a separate listen queue for connections of this machine; without it all clients share one queue. */
  readonly calls?: SocketCalls;
  /** Called once per reason, at the first connection that is ended for it. */
  readonly onFirstRefused?: (reason: EndReason) => void;
}

/**
 * HTTP server of `/metrics`, `/healthz` and `/readyz`, for GET and HEAD. An error while serving is answered with 500
 * and counted.
 */
export class MetricsServer {
  readonly #options: MetricsServerOptions;
  readonly #server: HttpServer;
  readonly #pages: PagesByFormat;
  readonly #scrapes: Scrapes;
  readonly #refusedBefore = new Set<EndReason>();

  constructor(options: MetricsServerOptions) {
    const { metrics, places, deadlines, calls } = options;
    this.#options = options;
    this.#scrapes = new Scrapes(options.maxScrapes ?? 40);
    const pages = (format: ExpositionFormat) => new Pages(() => renderMetrics(metrics.registry, format), sleep);
    this.#pages = { text: pages('text'), openmetrics: pages('openmetrics') };
    this.#server = new HttpServer({
      handler: (exchange) => this.#serve(exchange),
      onRefused: (reason) => this.#refused(reason),
      onConnections: (side, connections) => metrics.http.connections.set(side, connections),
      ...(places === undefined ? {} : { places }),
      ...(deadlines === undefined ? {} : { deadlines }),
      ...(calls === undefined ? {} : { calls }),
    });
  }

  /** True if connections of this machine have their own listen queue; known after {@link listen}. */
  get hasLocalQueue(): boolean {
    return this.#server.hasLocalQueue;
  }

  /**
   * Starts to serve and returns the address in use.
   * @throws ListenError if the server cannot listen on the address.
   */
  async listen(address: ListenAddress): Promise<AddressInfo> {
    try {
      return await this.#server.listen(address);
    } catch (error) {
      await this.#server.close();
      throw new ListenError(address, error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Stops the server within a second: idle connections at once, busy ones after their answer or at the deadline. */
  close(): Promise<void> {
    return this.#server.close();
  }

  #refused(reason: EndReason): void {
    this.#options.metrics.http.refused.inc(reason);
    if (this.#refusedBefore.has(reason)) return;
    this.#refusedBefore.add(reason);
    this.#options.onFirstRefused?.(reason);
  }

  #serve(exchange: Exchange): Answer | Promise<Answer> {
    const path = exchange.target.split('?', 1)[0];
    if (path !== '/metrics' && path !== '/healthz' && path !== '/readyz')
      return textAnswer(404, '404 page not found\n');
    if (exchange.method !== 'GET' && exchange.method !== 'HEAD') {
      return textAnswer(405, 'method not allowed\n', { Allow: 'GET, HEAD' });
    }
    if (path === '/metrics') return this.#scrape(exchange);
    const health = (path === '/healthz' ? this.#options.health : this.#options.ready)?.() ?? { ok: true };
    return health.ok ? textAnswer(200, 'ok\n') : textAnswer(503, `${health.reason}\n`);
  }

  async #scrape(exchange: Exchange): Promise<Answer> {
    const { scrapes, scrapesInFlight } = this.#options.metrics.reference;
    if (!this.#scrapes.enter(exchange)) {
      scrapes.inc('503');
      return textAnswer(503, 'too many scrapes at one time\n');
    }
    scrapesInFlight.inc();
    exchange.onDone(() => {
      this.#scrapes.leave(exchange);
      scrapesInFlight.dec();
    });
    try {
      const answer = await this.#page(exchange);
      scrapes.inc('200');
      return answer;
    } catch (error) {
      scrapes.inc('500');
      return textAnswer(500, `metrics: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }

  /** Renders the answer. This machine gets a new page; other machines share one. */
  async #page({ headers, side }: Exchange): Promise<Answer> {
    const format = (this.#options.openMetrics ?? true) ? negotiateFormat(headers.get('accept')) : 'text';
    const packs = acceptsGzip(headers.get('accept-encoding'));
    const pages = this.#pages[format];
    const page = await (side === 'local' ? pages.fresh() : pages.shared());
    return {
      status: 200,
      headers: {
        'Content-Type': CONTENT_TYPES[format],
        Vary: 'Accept, Accept-Encoding',
        ...(packs ? { 'Content-Encoding': 'gzip' } : {}),
      },
      body: packs ? await page.packed() : page.plain,
    };
  }
}
