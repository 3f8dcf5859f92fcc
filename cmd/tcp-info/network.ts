import type { Connection, ConnectionObserver } from '../../cache/index.js';
import {
  EphemeralPorts,
  ephemeralPortReader,
  HalfOpen,
  Listeners,
  NetworkMeter,
  type PortGroup,
  PortGroups,
  readTimeWait,
  type TrafficMeter,
  tcpHalfOpen,
} from '../../collector/index.js';
import type { Logger } from '../../log/index.js';
import type { Metrics } from '../../metrics/index.js';
import type { NetlinkAddon } from '../../native/index.js';

/** What {@link createNetwork} works with. */
export interface NetworkOptions {
  readonly metrics: Metrics;
  readonly portGroups: readonly PortGroup[];
  readonly traffic: TrafficMeter;
  /** All living connections. */
  readonly connections: () => Iterable<Connection>;
  readonly netlink: NetlinkAddon;
  readonly log: Logger;
}

/** What measures the network; of what is switched off there is nothing. */
export interface Network {
  /** To be told of connections behind the traffic meter. */
  readonly observers: readonly ConnectionObserver[];
  /** Wants the batches of listening sockets. */
  readonly listeners?: Listeners;
  readonly start: () => void;
  readonly stop: () => void;
}

/** Puts together what the network metrics need, and nothing that they do not. */
export function createNetwork({ metrics, portGroups, traffic, connections, netlink, log }: NetworkOptions): Network {
  const { network } = metrics;
  network.timeWait?.by(() => readTimeWait());
  const halfOpen = new HalfOpen({ netlink, request: tcpHalfOpen(), metrics, log });
  const listeners = network.listeners === undefined ? undefined : new Listeners(metrics, log, halfOpen);
  network.listeners?.by(() => listeners?.figures());
  const wantsConnections = (['states', 'traffic', 'rtt', 'limited', 'ephemeral'] as const).some(network.isEnabled);
  const meter = wantsConnections
    ? new NetworkMeter({
        metrics: network,
        portGroups: new PortGroups(portGroups),
        ...(network.ephemeral === undefined ? {} : { ephemeral: new EphemeralPorts(ephemeralPortReader()) }),
        isWatched: (netns) => traffic.isWatching(netns),
        connections,
      })
    : undefined;
  return {
    observers: meter === undefined ? [] : [meter],
    ...(listeners === undefined ? {} : { listeners }),
    start: () => meter?.start(),
    stop: () => meter?.stop(),
  };
}
