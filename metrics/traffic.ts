import type { Registry } from 'prom-client';
import { type CounterBy, counterBy, type Tally, tally } from './by-label.js';

/** How a connection was first seen: alive, by a scan, or only when the kernel told of its end. */
export const FIRST_SEEN = ['scan', 'event'] as const;
export type FirstSeenLabel = (typeof FIRST_SEEN)[number];

/**
 * What ended a connection: the kernel told of it; or did when counters were gone already; it was absent from complete
 * scans; its socket was connected elsewhere; or the collector went.
 */
export const END_CAUSES = ['event', 'disconnected', 'vanished', 'reconnected', 'shutdown'] as const;
export type EndCauseLabel = (typeof END_CAUSES)[number];

/** What the recorded connections did, summed up over all of them. Excluded ones do not count. */
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
