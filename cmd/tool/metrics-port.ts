import type { ListenAddress } from '../../live/http/index.js';
import type { Logger } from '../../log/index.js';
import type { MetricsServer } from './metrics-server.js';

/** Thrown when the page of metrics cannot be served. */
export class MetricsPortError extends Error {
  override readonly name = 'MetricsPortError';
}

/** Begins to serve a page of metrics for `--prom`, and logs its port. @throws MetricsPortError */
export async function listenForMetrics(
  server: Pick<MetricsServer, 'listen'>,
  address: ListenAddress,
  log: Logger,
): Promise<void> {
  // Loaded only where there is such a page.
  const { ListenError } = await import('../../live/http/index.js');
  try {
    log.info('metrics', { port: await server.listen(address) });
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    throw new MetricsPortError(`--prom: ${error.message}`, { cause: error });
  }
}
