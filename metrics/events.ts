import { Counter, Gauge, type Registry } from 'prom-client';
import { type CounterBy, counterBy } from './by-label.js';
import { gaugesOfOneLook, LookedUp } from './looked-up.js';

/**
 * Reasons for the end of a client's connection. slow: it did not read in time; error: the connection failed; gone: the
 * client left; limit: too many clients.
 */
export const CLIENT_DROP_REASONS = ['slow', 'error', 'gone', 'limit'] as const;
export type ClientDropReason = (typeof CLIENT_DROP_REASONS)[number];

/** Metrics of the event socket. `tcpinfo_flow_events_total` counts the open and close events themselves. */
export interface EventMetrics {
  /** Clients connected now. */
  readonly clients: Gauge;
  /** Clients that connected, those above the limit included. */
  readonly clientsConnected: Counter;
  /** Clients whose connection ended, by reason. */
  readonly clientsDropped: CounterBy<ClientDropReason>;
  /** Events still queued for a client at the end of its connection. */
  readonly eventsLost: Counter;
  /** Open events written to a new client for the connections that were already open. */
  readonly eventsReplayed: Counter;
  /** Limit of clients connected at one time. */
  readonly clientsLimit: Gauge;
  /** Bytes queued for the slowest client; the other clients share these bytes. */
  readonly queueBytes: LookedUp<number>;
  /** Limit of bytes queued for one client. */
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
        help: 'Number of event clients whose connection ended, by reason: slow to read, a failed connection, gone by themselves, or above the limit.',
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
      help: 'Number of open events written to new event clients for connections that were already open.',
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
