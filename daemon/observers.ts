import { type Connection, type ConnectionObserver, StateSlots } from '../cache/index.js';
import type { FlowLookups } from '../collector/conntrack/index.js';
import type { Collector } from '../collector/index.js';
import { ephemeralPortReader } from '../host/index.js';
import { EventServer, type EventServerOptions } from '../live/eventsocket/index.js';
import type { StoreFeed } from '../live/feed/index.js';
import type { MeasuredPorts } from '../live/machine/index.js';
import { EphemeralPorts } from '../live/network/index.js';
import type { ArchiveProcesses } from '../live/processes/index.js';
import type { LiveService } from '../live/service/index.js';
import type { WatchedServices } from '../live/services/index.js';
import type { StreamOutput } from '../live/stream/index.js';
import { TrafficMeter } from '../live/traffic/index.js';
import type { Logger } from '../log/index.js';
import type { Metrics } from '../metrics/index.js';
import type { NetlinkAddon } from '../native/index.js';
import type { Netns } from '../parse/index.js';
import type { Saver } from '../saver/index.js';
import type { Config } from './config.js';
import type { MemoryBudget } from './memory-budget.js';
import { createNetwork, type Network, type NetworkOptions } from './network.js';
import type { Run } from './recording.js';

/** Options of {@link createObservers}. */
export interface ObserversOptions {
  readonly config: Config;
  readonly budget: MemoryBudget;
  /** Class that measures limited time; absent when that is disabled. */
  readonly LimitMeter?: NetworkOptions['LimitMeter'];
  /** Creates the live side; absent without `-live`. */
  readonly createLive?: (parts: LiveParts) => LiveService;
  /** Creates the store of alerts and watches, and its clock; absent without both, and if the live side has one. */
  readonly createFeed?: (parts: LiveParts) => StoreFeed;
  /** Creates the watched services; absent without `-services`. */
  readonly createServices?: (parts: Pick<LiveParts, 'slots' | 'isWatched'>) => WatchedServices;
  /** Creates the stream of rows; absent without `-stream.output`. */
  readonly createStream?: (slots: StateSlots) => StreamOutput;
  /** Observer that writes the log. */
  readonly status: ConnectionObserver;
  /** Creates the observer for the processes of archives; absent if archives have none. */
  readonly createArchiveProcesses?: (parts: {
    readonly slots: StateSlots;
    readonly isLive: boolean;
  }) => ArchiveProcesses;
  /** Creates the look-ups of flows; absent without `-conntrack`. */
  readonly createFlows?: (slots: StateSlots) => FlowLookups;
  /** Observer that writes archives. */
  readonly saver: Saver;
  /** Returns the collector. */
  readonly collector: () => Collector;
  /** Returns all open connections. */
  readonly connections: () => IterableIterator<Connection>;
  readonly metrics: Metrics;
  readonly netlink: NetlinkAddon;
  readonly run: Run;
  readonly log: Logger;
}

/** Parts that the live side needs of the other observers. */
export interface LiveParts {
  readonly slots: StateSlots;
  readonly isWatched: (netns: Netns | undefined) => boolean;
  /** Has the limit meter of the metrics, which tells the live side, too, look at new records; absent without one. */
  readonly walkLimits?: () => void;
  /** Absent without `-conntrack`. */
  readonly flows?: FlowLookups;
  /** Absent without an event socket. */
  readonly eventServer?: EventServer;
  /** Absent without `-services`. */
  readonly services?: WatchedServices['answers'];
  /** Absent when they are not measured. */
  readonly localPorts?: MeasuredPorts;
  /** Returns the collector of what is recorded. */
  readonly collector: () => Collector;
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
  /** Absent without `-live`. */
  readonly live?: LiveService;
  /** Store of alerts and watches, and its clock; absent without both, and if the live side has one. */
  readonly feed?: StoreFeed;
  /** Absent without `-services`. */
  readonly services?: WatchedServices;
  /** Absent without `-stream.output`. */
  readonly stream?: StreamOutput;
  /** Absent without `-archive.process`. */
  readonly archiveProcesses?: ArchiveProcesses;
  /** Absent without `-conntrack`. */
  readonly flows?: FlowLookups;
}

/** Creates the observers of the cache that the configuration asks for. */
export function createObservers(options: ObserversOptions): Observers {
  const { config, metrics, netlink, run, log, connections } = options;
  const slots = new StateSlots();
  const flows = options.createFlows?.(slots);
  const eventServer = createEventServer(options, flows);
  const traffic = new TrafficMeter(metrics, slots);
  const isWatched = (netns: Netns | undefined): boolean => traffic.isWatching(netns);
  const services = options.createServices?.({ slots, isWatched });
  const { ephemeral } = metrics.network;
  const localPorts = ephemeral === undefined ? undefined : new EphemeralPorts(ephemeralPortReader());
  const parts: LiveParts = {
    ...{ slots, isWatched, collector: options.collector },
    ...(eventServer === undefined ? {} : { eventServer }),
    ...(options.LimitMeter === undefined ? {} : { walkLimits: () => network.walkLimits() }),
    ...(flows === undefined ? {} : { flows }),
    ...(services === undefined ? {} : { services: services.answers }),
    ...(ephemeral === undefined || localPorts === undefined
      ? {}
      : { localPorts: { figures: () => ephemeral.get(), destinations: localPorts } }),
  };
  const live = options.createLive?.(parts);
  const feed = options.createFeed?.(parts);
  const store = live?.store ?? feed?.store;
  const network = createNetwork({
    portGroups: config.portGroups,
    ...{ connections, metrics, traffic, slots, netlink, run, log },
    ...(localPorts === undefined ? {} : { localPorts }),
    ...(options.LimitMeter === undefined ? {} : { LimitMeter: options.LimitMeter }),
    ...(store === undefined ? {} : { onLimitParts: store.limited }),
  });
  const stream = options.createStream?.(slots);
  const archiveProcesses = options.createArchiveProcesses?.({ slots, isLive: store !== undefined });
  const all = [
    // The others want to know the flow.
    ...(flows === undefined ? [] : [flows.observer]),
    // Clients learn of a connection before its archive appears.
    ...(eventServer === undefined ? [] : [eventServer]),
    // Counts each record before the network meter, which reads these counts.
    traffic,
    ...network.observers,
    ...(services === undefined ? [] : [services.observer]),
    options.status,
    // Before the live side, which lets the search forget the processes of ended connections.
    ...(archiveProcesses === undefined ? [] : [archiveProcesses.observer]),
    ...(stream === undefined ? [] : [stream.observer]),
    // After the limit meter, which tells it of the last part of a connection's time.
    ...(live?.observers ?? feed?.observers ?? []),
    // Last, because it has the most work: the others do not wait for it.
    options.saver,
  ];
  return {
    ...{ all, slots, traffic, network },
    ...(eventServer === undefined ? {} : { eventServer }),
    ...(live === undefined ? {} : { live }),
    ...(feed === undefined ? {} : { feed }),
    ...(services === undefined ? {} : { services }),
    ...(stream === undefined ? {} : { stream }),
    ...(archiveProcesses === undefined ? {} : { archiveProcesses }),
    ...(flows === undefined ? {} : { flows }),
  };
}

function createEventServer(
  { config, budget, connections, metrics, log }: ObserversOptions,
  flows: FlowLookups | undefined,
): EventServer | undefined {
  if (config.eventSocket === undefined) return undefined;
  return new EventServer({
    metrics,
    queueLimitBytes: budget.eventQueueBytes,
    v2: config.eventsV2,
    ...(flows === undefined || !config.eventsV2 ? {} : { flows: eventFlows(flows) }),
    ...(config.eventsReplay ? { live: connections } : {}),
    warn: (msg, fields) => log.warn(msg, fields),
  });
}

function eventFlows(flows: FlowLookups): NonNullable<EventServerOptions['flows']> {
  return {
    natReader: (connection) => flows.natReader(connection),
    whenKnown: flows.whenKnown,
  };
}
