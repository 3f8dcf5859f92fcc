import {
  ChangeReason,
  type Connection,
  type ConnectionEnd,
  type ConnectionObserver,
  type SlotValues,
  type StateSlot,
  type StateSlots,
} from '../../cache/index.js';
import { INET_DIAG_INFO, readState } from '../../inetdiag/index.js';
import { NETWORK_STATES, type NetworkMetrics, type NetworkState, type PortSeries } from '../../metrics/index.js';
import { AF_INET6 } from '../../netlink/index.js';
import type { ArchivedRecord, Netns } from '../../parse/index.js';
import { TcpState } from '../../tcp/index.js';
import type { Traffic } from '../traffic/index.js';
import { EndingCounter } from './ending-counter.js';
import type { EphemeralPorts } from './ephemeral-ports.js';
import { Flow, type Measured, NO_STATE } from './flow.js';
import type { PortGroups } from './port-groups.js';

/** Interval between two walks, which count connections and observe their round-trip times. */
const WALK_EVERY_MS = 1000;
/** Connections counted in one slice of a walk: less than a millisecond. Other work runs between slices. */
const SLICE = 1024;

const STATE_NAMES: Readonly<Record<NetworkState, TcpState>> = {
  established: TcpState.ESTABLISHED,
  syn_sent: TcpState.SYN_SENT,
  fin_wait1: TcpState.FIN_WAIT1,
  fin_wait2: TcpState.FIN_WAIT2,
  close_wait: TcpState.CLOSE_WAIT,
  last_ack: TcpState.LAST_ACK,
  closing: TcpState.CLOSING,
};
/** Number of each state in the metrics, by the kernel's number. */
const STATE_NUMBERS = Array.from({ length: 16 }, (_, state) =>
  NETWORK_STATES.findIndex((name) => STATE_NAMES[name] === state),
);

/** Options of {@link NetworkMeter}. */
export interface NetworkMeterOptions {
  readonly metrics: NetworkMetrics;
  readonly portGroups: PortGroups;
  readonly slots: StateSlots;
  /** Traffic of each connection, as counted by an earlier observer. */
  readonly traffic: StateSlot<Traffic>;
  /** Ephemeral ports of the own network namespace; absent: they are not measured. */
  readonly ephemeral?: EphemeralPorts;
  /** Returns true when new connections of a network namespace began while the collector watched it. */
  readonly isWatched: (netns: Netns | undefined) => boolean;
  /** Returns all living connections. */
  readonly connections: () => Iterable<Connection>;
  /** Schedules the next slice of a walk (default: setImmediate). */
  readonly later?: (work: () => void) => void;
  /** Calls a function again and again; returns what ends that (default: setInterval). */
  readonly every?: (ms: number, run: () => void) => () => void;
}

/**
 * Counts traffic, openings and ends of connections by port group, and living connections by state. A record only marks
 * its connection; once a second a walk over the marked connections adds the increase of their counters. At its end a
 * connection is counted up to its last record. Traffic from before the collector's first look does not count. The byte
 * counts come from the traffic meter, which must observe every change first.
 */
export class NetworkMeter implements ConnectionObserver {
  readonly #options: NetworkMeterOptions;
  readonly #slot: StateSlot<Flow>;
  readonly #series: readonly PortSeries[];
  readonly #measured: Measured;
  /** True when a metric needs counters of tcp_info. */
  readonly #reads: boolean;
  readonly #later: (work: () => void) => void;
  /** Absent when ends of connections are not measured. */
  readonly #endings: EndingCounter | undefined;
  /** Connections with a record that is not counted; some may have ended since. */
  #touched: Flow[] = [];
  /** Connections of the current walk, and its position. */
  #walked: Flow[] = [];
  #at = 0;
  #stop: () => void = () => undefined;

  constructor(options: NetworkMeterOptions) {
    this.#options = options;
    this.#slot = options.slots.create();
    const { metrics, ephemeral, later = setImmediate } = options;
    this.#series = metrics.series;
    this.#measured = {
      traffic: metrics.isEnabled('traffic'),
      rtt: metrics.isEnabled('rtt'),
    };
    this.#reads = Object.values(this.#measured).some((wanted) => wanted === true);
    this.#later = later;
    this.#endings = metrics.isEnabled('endings') ? new EndingCounter() : undefined;
    metrics.ephemeral?.by(() => this.#lookAtPorts(ephemeral));
  }

  /** Starts walking once a second. */
  start(): void {
    if (this.#reads) this.#stop = (this.#options.every ?? unrefInterval)(WALK_EVERY_MS, () => this.walk());
  }

  /** Stops walking. Ends of connections still count. */
  stop(): void {
    this.#stop();
  }

  opened(connection: Connection): void {
    const { ephemeral, isWatched } = this.#options;
    const { slots, netns, last } = connection;
    const flow = this.#slot.get(slots) ?? this.#begin(connection);
    flow.connection = connection;
    flow.series.opened++;
    this.#enterState(flow, connection);
    if (ephemeral !== undefined && netns === undefined) flow.destination = ephemeral.opened(connection);
    if (isWatched(netns)) {
      this.#touch(flow);
      return;
    }
    flow.takeOver(this.#trafficOf(slots), infoOf(last));
  }

  changed(connection: Connection, reason: ChangeReason): void {
    const flow = this.#slot.get(connection.slots);
    if (flow === undefined) return;
    if (reason === ChangeReason.IDiagStateChange) this.#enterState(flow, connection);
    this.#touch(flow);
  }

  closed(connection: Connection, end: ConnectionEnd): void {
    const flow = this.#slot.get(connection.slots);
    if (flow === undefined) return;
    const { ephemeral } = this.#options;
    this.#take(flow);
    flow.series.closed++;
    flow.vanished = this.#endings?.closed(flow.series, connection, end);
    this.#leaveState(flow, connection);
    if (ephemeral !== undefined && connection.netns === undefined) ephemeral.closed(connection, flow.destination);
    flow.destination = undefined;
    flow.connection = undefined;
  }

  lateEvent(slots: SlotValues, last: ArchivedRecord | undefined): void {
    const flow = this.#slot.get(slots);
    if (flow === undefined) return;
    if (last !== undefined) flow.count(this.#trafficOf(slots), infoOf(last), this.#measured);
    if (flow.vanished !== undefined) this.#endings?.late(flow.series, flow.vanished, last);
    flow.vanished = undefined;
  }

  /** Counts connections that had a record since the last walk: one slice now, the others soon. */
  walk(): void {
    // The previous walk is not finished: this one would have to wait anyway.
    if (this.#at < this.#walked.length) return;
    this.#walked = this.#touched;
    this.#touched = [];
    this.#at = 0;
    this.#walkOn();
  }

  #walkOn(): void {
    const end = Math.min(this.#at + SLICE, this.#walked.length);
    for (; this.#at < end; this.#at++) {
      const flow = this.#walked[this.#at];
      if (flow !== undefined) this.#take(flow);
    }
    if (this.#at < this.#walked.length) {
      this.#later(() => this.#walkOn());
      return;
    }
    // Release connections that have ended.
    this.#walked = [];
    this.#at = 0;
  }

  /** Counts a living connection up to its last record. */
  #take(flow: Flow): void {
    const { connection } = flow;
    if (!flow.isTouched || connection === undefined) return;
    flow.isTouched = false;
    const info = infoOf(connection.last);
    flow.count(this.#trafficOf(connection.slots), info, this.#measured);
    if (this.#measured.rtt && info !== undefined) flow.observe(info);
  }

  #touch(flow: Flow): void {
    if (flow.isTouched || !this.#reads) return;
    flow.isTouched = true;
    this.#touched.push(flow);
  }

  #begin({ id, slots }: Connection): Flow {
    const series = this.#series[this.#options.portGroups.seriesOf(id)];
    if (series === undefined) throw new TypeError('there are fewer series than port groups');
    const flow = new Flow(series);
    this.#slot.set(slots, flow);
    return flow;
  }

  #trafficOf(slots: SlotValues): Traffic {
    const traffic = this.#options.traffic.get(slots);
    if (traffic === undefined) throw new TypeError('the network meter must observe after the traffic meter');
    return traffic;
  }

  #enterState(flow: Flow, connection: Connection): void {
    const { states } = this.#options.metrics;
    if (states === undefined) return;
    const { rawIdm } = connection.last;
    const state = rawIdm === undefined ? NO_STATE : (STATE_NUMBERS[readState(rawIdm)] ?? NO_STATE);
    this.#leaveState(flow, connection);
    if (state !== NO_STATE) states.add(familyNumber(connection), state, 1);
    flow.state = state;
  }

  #leaveState(flow: Flow, connection: Connection): void {
    if (flow.state !== NO_STATE) this.#options.metrics.states?.add(familyNumber(connection), flow.state, -1);
    flow.state = NO_STATE;
  }

  #lookAtPorts(ephemeral: EphemeralPorts | undefined): ReturnType<EphemeralPorts['figures']> {
    if (ephemeral?.refresh() === true) {
      ephemeral.forget();
      for (const connection of this.#options.connections()) {
        const flow = connection.netns === undefined ? this.#slot.get(connection.slots) : undefined;
        if (flow !== undefined) flow.destination = ephemeral.enter(connection);
      }
    }
    return ephemeral?.figures();
  }
}

function infoOf({ attributes }: ArchivedRecord): Uint8Array | undefined {
  return attributes?.[INET_DIAG_INFO] ?? undefined;
}

/** Returns the number of the connection's address family in the metrics. */
function familyNumber({ family }: Connection): number {
  return family === AF_INET6 ? 1 : 0;
}

function unrefInterval(ms: number, run: () => void): () => void {
  const timer = setInterval(run, ms).unref();
  return () => clearInterval(timer);
}
