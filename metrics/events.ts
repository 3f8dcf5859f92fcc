import { Counter, Gauge, type Registry } from 'prom-client';
import { type CounterBy, counterBy } from './by-label.js';
import { gaugesOfOneLook, LookedUp } from './looked-up.js';

/**
 * Why a client of the event socket is no longer served: it did not read, its connection failed, it left by itself, or
 * there were too many.
 */
export const CLIENT_DROP_REASONS = ['slow', 'error', 'gone', 'limit'] as const;
export type ClientDropReason = (typeof CLIENT_DROP_REASONS)[number];

/** The event socket. How many flows opened and closed is counted by `tcpinfo_flow_events_total`. */
export interface EventMetrics {
  /** Clients connected now. */
  readonly clients: Gauge;
  /** Clients that ever connected, those past the limit too. */
  readonly clientsConnected: Counter;
  /** Clients whose connection ended, by why. */
  readonly clientsDropped: CounterBy<ClientDropReason>;
  /** Events that were queued for a client when its connection ended. */
  readonly eventsLost: Counter;
  /** Open events of connections that were there before the client, when they are written to it. */
  readonly eventsReplayed: Counter;
  /** Clients that may be connected at one time. */
  readonly clientsLimit: Gauge;
  /** Bytes that wait for the slowest client, and with it for all others. */
  readonly queueBytes: LookedUp<number>;
  /** Bytes that may be queued for one client. */
  readonly queueLimitBytes: Gauge;
}

/** Registers the metrics of the event socket. */
export function createEventMetrics(registry: Registry): EventMetrics {
  const registers = [registry];
  const queueBytes = new LookedUp<number>();
  gaugesOfOneLook(registry, queueBytes, [
    {
      name: 'tcpinfo_event_queue_bytes',
      help: 'Number of bytes that wait for the slowest event client. They are in memory once for all clients.',
      value: (bytes) => bytes,
    },
  ]);
  return {
    queueBytes,
    clients: new Gauge({
      name: 'tcpinfo_event_clients',
      help: 'Number of clients connected to the event socket.',
      registers,
    }),
    clientsConnected: new Counter({
      name: 'tcpinfo_event_clients_connected_total',
      help: 'Number of connections that the event socket accepted.',
      registers,
    }),
    clientsDropped: counterBy(
      registry,
      {
        name: 'tcpinfo_event_clients_dropped_total',
        help: 'Number of event clients whose connection ended: slow to read, in error, gone by themselves, or past the limit.',
      },
      'reason',
      CLIENT_DROP_REASONS,
    ),
    eventsLost: new Counter({
      name: 'tcpinfo_events_lost_total',
      help: 'Number of events that were queued for a client when its connection ended.',
      registers,
    }),
    eventsReplayed: new Counter({
      name: 'tcpinfo_events_replayed_total',
      help: 'Number of opens that were written to new event clients for connections that were open before they came.',
      registers,
    }),
    clientsLimit: new Gauge({
      name: 'tcpinfo_event_clients_limit',
      help: 'Number of clients that the event socket serves at one time; more are turned away.',
      registers,
    }),
    queueLimitBytes: new Gauge({
      name: 'tcpinfo_event_queue_limit_bytes',
      help: 'Number of bytes that may be queued for one event client before it is dropped.',
      registers,
    }),
  };
}
