import type { Connection, ConnectionObserver, StateSlots } from '../cache/index.js';
import { tcpHalfOpen } from '../collector/index.js';
import { conntrackTableReader, readTimeWait } from '../host/index.js';
import type { LimitMeter, LimitMeterOptions } from '../live/limits/index.js';
import {
  type EphemeralPorts,
  HalfOpen,
  Listeners,
  NetworkMeter,
  type PortGroup,
  PortGroups,
} from '../live/network/index.js';
import type { TrafficMeter } from '../live/traffic/index.js';
import type { Logger } from '../log/index.js';
import type { Metrics } from '../metrics/index.js';
import type { NetlinkAddon } from '../native/index.js';
import type { Netns } from '../parse/index.js';
import type { Run } from './recording.js';

/** Options of {@link createNetwork}. */
export interface NetworkOptions {
  readonly metrics: Metrics;
  readonly portGroups: readonly PortGroup[];
  readonly traffic: TrafficMeter;
  readonly slots: StateSlots;
  /** Usage of local ports; absent when it is not measured. */
  readonly localPorts?: EphemeralPorts;
  /** Class of the observer that measures limited time; loaded only when enabled. */
  readonly LimitMeter?: typeof LimitMeter;
  /** Called when a connection has parts of limited time, if that is measured. */
  readonly onLimitParts?: NonNullable<LimitMeterOptions['onParts']>;
  /** Returns all open connections. */
  readonly connections: () => Iterable<Connection>;
  readonly netlink: NetlinkAddon;
  readonly run: Run;
  readonly log: Logger;
}

/** Parts that measure the network; disabled ones are absent. */
export interface Network {
  /** Observers that follow the traffic meter. */
  readonly observers: readonly ConnectionObserver[];
  /** Receiver of the batches of listening sockets. */
  readonly listeners?: Listeners;
  /** Has limited time counted up to now, if it is measured. */
  readonly walkLimits: () => void;
  readonly start: () => void;
  readonly stop: () => void;
}

/** Creates only the parts that the enabled network metrics need. */
export function createNetwork(options: NetworkOptions): Network {
  const { metrics, traffic, connections, run, log } = options;
  const isReplay = run.player !== undefined;
  // Nothing of this machine belongs to what another one recorded.
  const netlink: Pick<NetlinkAddon, 'dump'> = isReplay ? NO_SOCKETS : options.netlink;
  const timers = (name: string): Pick<LimitMeterOptions, 'every' | 'later'> => {
    const { every } = run;
    if (every === undefined) return {};
    // Slices that run later would run between other batches in a replay.
    return { every: (ms, walk) => every(name, ms, walk), later: (work) => work() };
  };
  const { network } = metrics;
  const portGroups = new PortGroups(options.portGroups);
  const isWatched = (netns: Netns | undefined): boolean => traffic.isWatching(netns);
  if (!isReplay) {
    network.timeWait?.by(() => readTimeWait());
    network.conntrack?.by(conntrackTableReader());
  }
  const halfOpen = new HalfOpen({ netlink, request: tcpHalfOpen(), metrics, log });
  const listeners = network.listeners === undefined ? undefined : new Listeners(metrics, log, halfOpen);
  network.listeners?.by(() => listeners?.figures());
  const wantsConnections = (['states', 'traffic', 'rtt', 'ephemeral'] as const).some(network.isEnabled);
  const meter = wantsConnections
    ? new NetworkMeter({
        metrics: network,
        portGroups,
        slots: options.slots,
        traffic: traffic.slot,
        ...(options.localPorts === undefined ? {} : { ephemeral: options.localPorts }),
        isWatched,
        connections,
        ...timers('network'),
      })
    : undefined;
  const limits =
    options.LimitMeter === undefined
      ? undefined
      : new options.LimitMeter({
          slots: options.slots,
          counted: { series: network.series, portGroups },
          isWatched,
          ...timers('limits'),
          ...(options.onLimitParts === undefined ? {} : { onParts: options.onLimitParts }),
        });
  const meters = [meter, limits].filter((each) => each !== undefined);
  return {
    observers: meters,
    ...(listeners === undefined ? {} : { listeners }),
    walkLimits: () => {
      run.recorder?.ticked('limits');
      limits?.walkNow();
    },
    start: () => {
      for (const each of meters) each.start();
    },
    stop: () => {
      for (const each of meters) each.stop();
    },
  };
}

/** Dumps of a replay: there is no kernel to ask. */
const NO_SOCKETS: Pick<NetlinkAddon, 'dump'> = {
  dump: () => ({
    isFull: false,
    data: new Uint8Array(),
    messages: new Uint32Array(),
    queryMethod: 0,
    startNs: 0n,
    endNs: 0n,
  }),
};
