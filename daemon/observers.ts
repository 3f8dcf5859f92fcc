import { type Connection, type ConnectionObserver, StateSlots } from '../cache/index.js';
import { EventServer } from '../live/eventsocket/index.js';
import { TrafficMeter } from '../live/traffic/index.js';
import type { Logger } from '../log/index.js';
import type { Metrics } from '../metrics/index.js';
import type { NetlinkAddon } from '../native/index.js';
import type { Config } from './config.js';
import type { MemoryBudget } from './memory-budget.js';
import { createNetwork, type Network, type NetworkOptions } from './network.js';

/** Options of {@link createObservers}. */
export interface ObserversOptions {
  readonly config: Config;
  readonly budget: MemoryBudget;
  /** Class that measures limited time; absent when that is disabled. */
  readonly LimitMeter?: NetworkOptions['LimitMeter'];
  /** Observer that writes the log. */
  readonly status: ConnectionObserver;
  /** Observer that writes archives. */
  readonly saver: ConnectionObserver;
  /** Returns all open connections. */
  readonly connections: () => IterableIterator<Connection>;
  readonly metrics: Metrics;
  readonly netlink: NetlinkAddon;
  readonly log: Logger;
}

/** Observers of the cache, and those of them that the daemon also controls. */
export interface Observers {
  /** All of them, in the order of their calls. */
  readonly all: readonly ConnectionObserver[];
  /** Slots of their states. */
  readonly slots: StateSlots;
  readonly traffic: TrafficMeter;
  readonly network: Network;
  /** Absent without an event socket. */
  readonly eventServer?: EventServer;
}

/** Creates the observers of the cache that the configuration asks for. */
export function createObservers(options: ObserversOptions): Observers {
  const { config, metrics, netlink, log, connections } = options;
  const slots = new StateSlots();
  const eventServer = createEventServer(options);
  const traffic = new TrafficMeter(metrics, slots);
  const network = createNetwork({
    portGroups: config.portGroups,
    ...{ connections, metrics, traffic, slots, netlink, log },
    ...(options.LimitMeter === undefined ? {} : { LimitMeter: options.LimitMeter }),
  });
  const all = [
    // Clients learn of a connection before its archive appears.
    ...(eventServer === undefined ? [] : [eventServer]),
    // Counts each record before the network meter, which reads these counts.
    traffic,
    ...network.observers,
    options.status,
    // Last, because it has the most work: the others do not wait for it.
    options.saver,
  ];
  return { all, slots, traffic, network, ...(eventServer === undefined ? {} : { eventServer }) };
}

function createEventServer({ config, budget, connections, metrics, log }: ObserversOptions): EventServer | undefined {
  if (config.eventSocket === undefined) return undefined;
  return new EventServer({
    metrics,
    queueLimitBytes: budget.eventQueueBytes,
    v2: config.eventsV2,
    ...(config.eventsReplay ? { live: connections } : {}),
    warn: (msg, fields) => log.warn(msg, fields),
  });
}
