import { type Health, HttpServer, healthRoute, type ListenAddress, serveRoutes } from '../../../live/http/index.js';
import { createMetricsRoute } from '../../../live/scrape/index.js';
import type { UploadMetrics } from '../../../metrics/index.js';

/**
 * Serves the metrics of an upload: `/metrics`, `/healthz` and `/readyz`. Both are well while the process is: a store
 * that is away must not make it restart.
 * @throws ListenError
 */
export async function serveMetrics(
  metrics: UploadMetrics,
  address: ListenAddress,
): Promise<{ readonly port: number; readonly server: HttpServer }> {
  const well = (): Health => ({ ok: true });
  const server = new HttpServer({
    handler: serveRoutes([
      createMetricsRoute({ metrics }),
      healthRoute('/healthz', well),
      healthRoute('/readyz', well),
    ]),
    onRefused: (reason) => metrics.http.refused.inc(reason),
    onConnections: (side, connections) => metrics.http.connections.set(side, connections),
  });
  return { port: (await server.listen(address)).port, server };
}
