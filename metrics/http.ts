import type { Registry } from 'prom-client';
import { type CounterBy, counterBy, type GaugeBy, gaugeBy } from './by-label.js';

/**
 * Reasons for ending a client's connection: displaced by another one; request too slow; answer not read; request
 * invalid; request too large; too many requests sent ahead; socket error.
 */
export const HTTP_END_REASONS = [
  'displaced',
  'slow',
  'unread',
  'malformed',
  'oversized',
  'pipelined',
  'error',
] as const;
/** One of {@link HTTP_END_REASONS}. */
export type HttpEndReason = (typeof HTTP_END_REASONS)[number];

/** Origins of a connection: this machine, or another one. Each side has its own places, queues and paces. */
export const HTTP_SIDES = ['local', 'remote'] as const;
/** One of {@link HTTP_SIDES}. */
export type HttpSide = (typeof HTTP_SIDES)[number];

/** Metrics of the HTTP server on the metrics port. */
export interface HttpMetrics {
  /** Current connections, by side. */
  readonly connections: GaugeBy<HttpSide>;
  /** Connections that the server ended, by reason. */
  readonly refused: CounterBy<HttpEndReason>;
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
      HTTP_SIDES,
    ),
    refused: counterBy(
      registry,
      {
        name: 'tcpinfo_http_connections_refused_total',
        help: 'Number of connections to the metrics port that the server ended: to make room (displaced), for a slow request, an unread answer, a malformed or oversized request, too many requests sent ahead (pipelined), or an error.',
      },
      'reason',
      HTTP_END_REASONS,
    ),
  };
}
