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
        help: 'Number of connections newly recorded: first seen by a scan, or only by their destroy event.',
      },
      'first_seen',
      FIRST_SEEN,
    ),
    closed: counterBy(
      registry,
      {
        name: 'tcpinfo_connections_closed_total',
        help: 'Number of recorded connections that ended: by a destroy event (the last record is final), by a destroy event of a disconnected socket (the counters are those of the last scan), vanished from the socket table, reconnected to another peer, or at shutdown of the collector.',
      },
      'cause',
      END_CAUSES,
    ),
  };
}
