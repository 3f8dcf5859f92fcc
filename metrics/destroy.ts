import { Counter, Gauge, type Registry } from 'prom-client';
import { type CounterBy, counterBy } from './by-label.js';

/**
 * Kinds of destroy events: the end of a connection that a scan had seen, or of one that none had; too late, since the
 * connection had been closed when it vanished; of an excluded socket; of one that never had a peer; of a connection that no
 * scan had seen and that is not recorded, since its socket had forgotten the peer's port: reset by its own end, or failed to
 * open; or not to be read.
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

/** The kernel's word that sockets were destroyed. */
export interface DestroyMetrics {
  /** 1 while the kernel tells of every socket's end. */
  readonly listening: Gauge;
  /** What the kernel granted for events that wait, as it counts: some 1,280 bytes each. */
  readonly receiveBufferBytes: Gauge;
  readonly events: CounterBy<EventOutcomeLabel>;
  /** By the socket's own count: exact. */
  readonly lost: Counter;
  /** Times that the queue overran. */
  readonly overruns: Counter;
  /** Vanished connections whose event may still come. */
  readonly awaited: Gauge;
}

/** Registers the metrics of destroy events. */
export function createDestroyMetrics(registry: Registry): DestroyMetrics {
  const registers = [registry];
  return {
    listening: new Gauge({
      name: 'tcpinfo_destroy_events_listening',
      help: 'Whether the kernel tells of the end of every socket: 1, or 0.',
      registers,
    }),
    receiveBufferBytes: new Gauge({
      name: 'tcpinfo_destroy_events_receive_buffer_bytes',
      help: 'Number of bytes that the kernel keeps for destroy events that wait; one takes about 1,280.',
      registers,
    }),
    events: counterBy(
      registry,
      { name: 'tcpinfo_destroy_events_total', help: 'Number of destroy events received, by what they were.' },
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
      help: 'Number of times that the queue of destroy events overran.',
      registers,
    }),
    awaited: new Gauge({
      name: 'tcpinfo_destroy_events_awaited',
      help: 'Number of vanished connections that are remembered because their destroy event may still come.',
      registers,
    }),
  };
}
