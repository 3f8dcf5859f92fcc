import type { Registry } from 'prom-client';
import { END_REASONS, type EndReason, SIDES, type Side } from '../live/http/index.js';
import { type CounterBy, counterBy, type GaugeBy, gaugeBy } from './by-label.js';

/** Metrics of the HTTP server on the metrics port. */
export interface HttpMetrics {
  /** Current connections, by side. */
  readonly connections: GaugeBy<Side>;
  /** Connections that the server ended, by reason. */
  readonly refused: CounterBy<EndReason>;
}

/** Registers the metrics of the HTTP server. */
export function createHttpMetrics(registry: Registry): HttpMetrics {
  return {
    connections: gaugeBy(
      registry,
      {
        name: 'tcpinfo_http_connections',
        help: 'Number of connections to the metrics port: of this machine (local), and of others (remote).',
      },
      'side',
      SIDES,
    ),
    refused: counterBy(
      registry,
      {
        name: 'tcpinfo_http_connections_refused_total',
        help: 'Number of connections to the metrics port that the server ended: to make room (displaced), for a slow request, an unread answer, a malformed or oversized request, too many requests sent ahead (pipelined), or an error.',
      },
      'reason',
      END_REASONS,
    ),
  };
}
