import { Counter, Gauge, type Registry } from 'prom-client';
import { type CounterBy, counterBy } from './by-label.js';

/**
 * Kinds of destroy events. closed: the connection was scanned before; unseen: no scan had seen it; late: it had already
 * been closed when it vanished; excluded: the socket is excluded; unconnected: the socket never had a peer;
 * unrecorded_reset, unrecorded_failed: no scan had seen the connection, and it cannot be recorded because its socket
 * had lost the peer's port (reset locally, or failed to open); malformed: the event cannot be parsed.
 */
export const EVENT_OUTCOMES = [
  'closed',
  'unseen',
  'late',
  'excluded',
  'unconnected',
  'unrecorded_reset',
  'unrecorded_failed',
  'malformed',
] as const;
export type EventOutcomeLabel = (typeof EVENT_OUTCOMES)[number];

/** Metrics of the destroy events that the kernel sends for TCP sockets. */
export interface DestroyMetrics {
  /** 1 while the collector receives destroy events, else 0. */
  readonly listening: Gauge;
  /** Size of the receive buffer in the kernel's accounting; one event takes some 1,280 bytes. */
  readonly receiveBufferBytes: Gauge;
  readonly events: CounterBy<EventOutcomeLabel>;
  /** Events that the kernel dropped: the exact count of the socket. */
  readonly lost: Counter;
  /** Times that the receive buffer overflowed. */
  readonly overruns: Counter;
  /** Vanished connections whose destroy event may still arrive. */
  readonly awaited: Gauge;
}

/** Registers the metrics of destroy events. */
export function createDestroyMetrics(registry: Registry): DestroyMetrics {
  const registers = [registry];
  return {
    listening: new Gauge({
      name: 'tcpinfo_destroy_events_listening',
      help: '1 while the collector receives destroy events from the kernel, else 0.',
      registers,
    }),
    receiveBufferBytes: new Gauge({
      name: 'tcpinfo_destroy_events_receive_buffer_bytes',
      help: 'Size of the receive buffer for destroy events, in bytes as the kernel counts; one event takes about 1,280.',
      registers,
    }),
    events: counterBy(
      registry,
      { name: 'tcpinfo_destroy_events_total', help: 'Number of destroy events received, by outcome.' },
      'outcome',
      EVENT_OUTCOMES,
    ),
    lost: new Counter({
      name: 'tcpinfo_destroy_events_lost_total',
      help: "Number of destroy events that the kernel dropped because their queue was full, by the socket's own count.",
      registers,
    }),
    overruns: new Counter({
      name: 'tcpinfo_destroy_events_overruns_total',
      help: 'Number of times that the queue of destroy events overflowed.',
      registers,
    }),
    awaited: new Gauge({
      name: 'tcpinfo_destroy_events_awaited',
      help: 'Number of vanished connections that are kept because their destroy event may still arrive.',
      registers,
    }),
  };
}
