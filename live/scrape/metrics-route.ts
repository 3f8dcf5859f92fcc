import { setTimeout as sleep } from 'node:timers/promises';
import {
  CONTENT_TYPES,
  type ExpositionFormat,
  type Metrics,
  renderMetrics,
  type ScrapeMetrics,
} from '../../metrics/index.js';
import { type Answer, acceptsGzip, type Exchange, type Route, textAnswer } from '../http/index.js';
import { negotiateFormat } from './negotiate.js';
import { Pages, type PagesByFormat } from './pages.js';
import { Scrapes } from './scrapes.js';

/** Options of {@link createMetricsRoute}. */
export interface MetricsRouteOptions {
  /** Registry that the page shows. The route counts its scrapes there too. */
  readonly metrics: Pick<Metrics, 'registry'> & { readonly reference: ScrapeMetrics };
  /** Answers in OpenMetrics if the client prefers it (default true). The reference always answers in text. */
  readonly openMetrics?: boolean;
  /**
   * Limit of scrapes served at one time for this machine, and for all others; more are answered with 503 (default 40).
   */
  readonly maxScrapes?: number;
}

/** Creates the route of `/metrics`. An error while serving it is answered with 500 and counted. */
export function createMetricsRoute(options: MetricsRouteOptions): Route {
  const page = new MetricsPage(options);
  return { path: '/metrics', handler: (exchange) => page.serve(exchange) };
}

class MetricsPage {
  readonly #options: MetricsRouteOptions;
  readonly #pages: PagesByFormat;
  readonly #scrapes: Scrapes;

  constructor(options: MetricsRouteOptions) {
    const { registry } = options.metrics;
    this.#options = options;
    this.#scrapes = new Scrapes(options.maxScrapes ?? 40);
    const pages = (format: ExpositionFormat) => new Pages(() => renderMetrics(registry, format), sleep);
    this.#pages = { text: pages('text'), openmetrics: pages('openmetrics') };
  }

  async serve(exchange: Exchange): Promise<Answer> {
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
