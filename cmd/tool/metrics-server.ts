import { type Health, HttpServer, healthRoute, type ListenAddress, serveRoutes } from '../../live/http/index.js';
import { createMetricsRoute, type MetricsRouteOptions } from '../../live/scrape/index.js';
import type { HttpMetrics } from '../../metrics/index.js';

/** Options of {@link MetricsServer}. */
export interface MetricsServerOptions {
  readonly metrics: MetricsRouteOptions['metrics'] & { readonly http: HttpMetrics };
  /** Returns whether the program does its work. */
  readonly ready: () => Health;
}

/** Metrics of a program on a port: `/metrics`, `/healthz` and `/readyz`. */
export class MetricsServer {
  readonly #server: HttpServer;

  constructor({ metrics, ready }: MetricsServerOptions) {
    this.#server = new HttpServer({
      handler: serveRoutes([
        createMetricsRoute({ metrics }),
        healthRoute('/healthz', () => ({ ok: true })),
        healthRoute('/readyz', ready),
      ]),
      onRefused: (reason) => metrics.http.refused.inc(reason),
      onConnections: (side, connections) => metrics.http.connections.set(side, connections),
    });
  }

  /** Begins to serve. Returns the port. @throws ListenError */
  async listen(address: ListenAddress): Promise<number> {
    return (await this.#server.listen(address)).port;
  }

  /** Closes within a second. */
  async close(): Promise<void> {
    await this.#server.close();
  }
}
