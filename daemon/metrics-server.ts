import { type Health, HttpServer, type HttpServerOptions, healthRoute, serveRoutes } from '../live/http/index.js';
import { createMetricsRoute, type MetricsRouteOptions } from '../live/scrape/index.js';
import type { EndReason, Metrics } from '../metrics/index.js';

/** Options of {@link createMetricsServer}. */
export interface MetricsServerOptions
  extends Omit<MetricsRouteOptions, 'metrics'>,
    Pick<HttpServerOptions, 'places' | 'deadlines' | 'calls'> {
  /** Registry that `/metrics` shows. The server counts its scrapes and connections there too. */
  readonly metrics: Pick<Metrics, 'registry' | 'reference' | 'http'>;
  /** Provides the answer of `/healthz`: whether the process does its work. Default: always ok. */
  readonly health?: () => Health;
  /** Provides the answer of `/readyz`: whether the process has started completely. Default: always ok. */
  readonly ready?: () => Health;
  /** Called once per reason, at the first connection that is ended for it. */
  readonly onFirstRefused?: (reason: EndReason) => void;
}

/** Creates the HTTP server of the metrics port: `/metrics`, `/healthz` and `/readyz`. */
export function createMetricsServer(options: MetricsServerOptions): HttpServer {
  const { metrics, health = isOk, ready = isOk, places, deadlines, calls } = options;
  const refusedBefore = new Set<EndReason>();
  return new HttpServer({
    handler: serveRoutes([createMetricsRoute(options), healthRoute('/healthz', health), healthRoute('/readyz', ready)]),
    onRefused: (reason) => {
      metrics.http.refused.inc(reason);
      if (refusedBefore.has(reason)) return;
      refusedBefore.add(reason);
      options.onFirstRefused?.(reason);
    },
    onConnections: (side, connections) => metrics.http.connections.set(side, connections),
    ...(places === undefined ? {} : { places }),
    ...(deadlines === undefined ? {} : { deadlines }),
    ...(calls === undefined ? {} : { calls }),
  });
}

function isOk(): Health {
  return { ok: true };
}
