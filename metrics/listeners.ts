import type { Registry } from 'prom-client';
import { gaugesOfOneLook, LookedUp, lookedUpGauge } from './looked-up.js';

/** Listening sockets of one port, taken together. */
export interface ListenerPort {
  /** The port, or `other`. */
  readonly port: string;
  /** Connections waiting to be accepted. */
  readonly queued: number;
  /** Limit of connections waiting to be accepted. */
  readonly backlog: number;
  /** Fill ratio of the fullest socket; at 1 the kernel accepts no further connections. */
  readonly fillRatio: number;
}

/** Figures of all listening sockets. */
export interface ListenerFigures {
  readonly listeners: number;
  readonly ports: readonly ListenerPort[];
  /** Half-open connections by the port of their listener; undefined if unknown. */
  readonly halfOpen?: ReadonlyMap<string, number> | undefined;
}

/** Registers the metrics of listening sockets. */
export function registerListeners(registry: Registry): LookedUp<ListenerFigures> {
  const lookedUp = new LookedUp<ListenerFigures>();
  gaugesOfOneLook(registry, lookedUp, [
    {
      name: 'tcpinfo_listeners',
      help: "Number of listening sockets in the collector's network namespace, loopback included.",
      value: ({ listeners }) => listeners,
    },
  ]);
  const families: readonly (readonly [name: string, help: string, value: (of: ListenerPort) => number])[] = [
    [
      'tcpinfo_listener_accept_queue_connections',
      'Number of connections that wait to be accepted, by port.',
      ({ queued }) => queued,
    ],
    [
      'tcpinfo_listener_backlog_connections',
      'Number of connections that may wait to be accepted, by port.',
      ({ backlog }) => backlog,
    ],
    [
      'tcpinfo_listener_accept_queue_fill_ratio',
      'Fill ratio of the accept queue of the fullest listening socket, by port; at 1 the kernel accepts no further connections.',
      ({ fillRatio }) => fillRatio,
    ],
  ];
  for (const [name, help, value] of families) {
    lookedUpGauge(registry, { name, help }, ['port'], () =>
      (lookedUp.get()?.ports ?? []).map((each) => [{ port: each.port }, value(each)]),
    );
  }
  lookedUpGauge(
    registry,
    {
      name: 'tcpinfo_listener_half_open_connections',
      help: 'Number of half-open connections, whose handshake is not finished (SYN_RECV), by port; some 65,000 at most.',
    },
    ['port'],
    () => [...(lookedUp.get()?.halfOpen ?? [])].map(([port, count]) => [{ port }, count]),
  );
  return lookedUp;
}
