import type { Forwarder, ForwardObserver } from '../../../forward/index.js';
import { packageVersion } from '../../../host/index.js';
import type { Health, ListenAddress } from '../../../live/http/index.js';
import { createForwardMetrics, type ServiceFigures } from '../../../metrics/index.js';
import { MetricsServer } from '../../tool/metrics-server.js';

/** Metrics of a forwarder on a port: `/metrics`, `/healthz` and `/readyz`. */
export class ForwardMetricsServer {
  readonly #server: MetricsServer;
  #forwarder: Forwarder | undefined;
  #isReady = false;
  /** Counts what the forwarder sees. */
  readonly observer: ForwardObserver;

  constructor() {
    const metrics = createForwardMetrics({ version: packageVersion(), look: () => this.#figures() });
    this.observer = {
      connected: (service, connectUs) => metrics.connected(service, connectUs),
      closed: (service, { rttUs }) => {
        if (typeof rttUs === 'number') metrics.roundTrip(service, rttUs);
      },
    };
    this.#server = new MetricsServer({ metrics, ready: () => this.#ready() });
  }

  /** Begins to serve; not ready yet. Returns the port. @throws ListenError */
  async listen(address: ListenAddress): Promise<number> {
    return await this.#server.listen(address);
  }

  /** Says of a forwarder that has started that it is ready. */
  started(forwarder: Forwarder): void {
    this.#forwarder = forwarder;
    this.#isReady = true;
  }

  /** Says that the forwarder stops. */
  stopping(): void {
    this.#isReady = false;
  }

  /** Closes within a second. */
  async close(): Promise<void> {
    await this.#server.close();
  }

  #ready(): Health {
    if (this.#isReady) return { ok: true };
    return { ok: false, reason: this.#forwarder === undefined ? 'starting' : 'stopping' };
  }

  #figures(): ServiceFigures[] {
    // Not the counts of the limits: an evicted connection is open until its client has closed it, too.
    return (this.#forwarder?.reports(0) ?? []).map((report) => ({
      service: report.name,
      connections: report.connections,
      clients: report.clientCount,
      accepted: report.accepted,
      rejected: report.rejected,
      closed: report.closed,
      receivedBytes: report.up,
      sentBytes: report.down,
    }));
  }
}
