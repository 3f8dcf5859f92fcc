import type { Registry } from 'prom-client';
import { type CounterBy, counterBy, type Tally, tally } from './by-label.js';

/** First sight of a connection: in a scan while it was open, or only in its destroy event. */
export const FIRST_SEEN = ['scan', 'event'] as const;
export type FirstSeenLabel = (typeof FIRST_SEEN)[number];

/**
 * Causes of a connection's end. event: the kernel sent a destroy event; disconnected: the event came after the socket
 * was disconnected, so its counters are gone; vanished: the connection was absent from complete scans; reconnected: its
 * socket connected to another peer; shutdown: the collector stopped.
 */
export const END_CAUSES = ['event', 'disconnected', 'vanished', 'reconnected', 'shutdown'] as const;
export type EndCauseLabel = (typeof END_CAUSES)[number];

/** Sums over all recorded connections. Excluded connections do not count. */
export interface TrafficMetrics {
  /** `tcpi_bytes_sent`, retransmissions included. */
  readonly sentBytes: Tally;
  /** `tcpi_bytes_received`; a peer's FIN counts one. */
  readonly receivedBytes: Tally;
  /** `tcpi_bytes_retrans`. */
  readonly retransmittedBytes: Tally;
  readonly opened: CounterBy<FirstSeenLabel>;
  readonly closed: CounterBy<EndCauseLabel>;
}

/** Registers the metrics of traffic. */
export function createTrafficMetrics(registry: Registry): TrafficMetrics {
  return {
    sentBytes: tally(registry, {
      name: 'tcpinfo_sent_bytes_total',
      help: 'Number of payload bytes that recorded connections sent since they were first seen, retransmissions included.',
    }),
    receivedBytes: tally(registry, {
      name: 'tcpinfo_received_bytes_total',
      help: "Number of payload bytes that recorded connections received since they were first seen; a peer's FIN counts one.",
    }),
    retransmittedBytes: tally(registry, {
      name: 'tcpinfo_retransmitted_bytes_total',
      help: 'Number of payload bytes that recorded connections sent again.',
    }),
    opened: counterBy(
      registry,
      {
        name: 'tcpinfo_connections_opened_total',
        help: 'Number of connections that came to be recorded: first seen by a scan, or only by the event of their end.',
      },
      'first_seen',
      FIRST_SEEN,
    ),
    closed: counterBy(
      registry,
      {
        name: 'tcpinfo_connections_closed_total',
        help: 'Number of recorded connections that ended: the kernel told so (the last record is final), or so of a socket that had been disconnected (its counters are those of the last scan), they vanished from its table, their socket was connected elsewhere, or the collector stopped.',
      },
      'cause',
      END_CAUSES,
    ),
  };
}
