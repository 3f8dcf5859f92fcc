import {
  ChangeReason,
  type Connection,
  type ConnectionEnd,
  type ConnectionObserver,
  type Traffic,
} from '../../cache/index.js';
import { INET_DIAG_INFO, readState } from '../../inetdiag/index.js';
import { NETWORK_STATES, type NetworkMetrics, type NetworkState, type PortSeries } from '../../metrics/index.js';
import { AF_INET6 } from '../../netlink/index.js';
import type { ArchivedRecord, Netns } from '../../parse/index.js';
import { TcpState } from '../../tcp/index.js';
import { EndingCounter } from './ending-counter.js';
import type { EphemeralPorts } from './ephemeral-ports.js';
import { Flow, type Measured, NO_STATE } from './flow.js';
import type { PortGroups } from './port-groups.js';

/** How often connections are counted and their round-trip times observed. */
const WALK_EVERY_MS = 1000;
/** Connections that are counted in one go: less than a millisecond. Then others have their turn. */
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
/** The number of a state in the metrics, by the kernel's number. */
const STATE_NUMBERS = Array.from({ length: 16 }, (_, state) =>
  NETWORK_STATES.findIndex((name) => STATE_NAMES[name] === state),
);

/** What {@link NetworkMeter} works with. */
export interface NetworkMeterOptions {
  readonly metrics: NetworkMetrics;
  readonly portGroups: PortGroups;
  /** Of the own network namespace; absent when nobody wants to know. */
  readonly ephemeral?: EphemeralPorts;
  /** Whether connections that are new in a network namespace began while it was watched. */
  readonly isWatched: (netns: Netns | undefined) => boolean;
  /** All living connections. */
  readonly connections: () => Iterable<Connection>;
  /** Called between two slices of a walk, with what goes on with it (default: setImmediate). */
  readonly later?: (work: () => void) => void;
}

/**
 * Counts what connections do, by port group, and those that live by state. With a record it notes only that there is one:
 * once a second those that had any are walked, and what their counters grew by is added; at its end a connection is counted
 * up to its last record. What it had done before the collector first looked does not count. Bytes are those that the
 * traffic meter counts, which has to be told of everything first.
 */
export class NetworkMeter implements ConnectionObserver {
  readonly #options: NetworkMeterOptions;
  readonly #series: readonly PortSeries[];
  readonly #measured: Measured;
  /** Whether anybody wants what is counted from tcp_info. */
  readonly #reads: boolean;
  readonly #later: (work: () => void) => void;
  /** Absent when no one wants to know how connections end. */
  readonly #endings: EndingCounter | undefined;
  /** Those with a record that is not counted; some may have ended since. */
  #touched: Flow[] = [];
  /** Those that are being walked, and how far. */
  #walked: Flow[] = [];
  #at = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: NetworkMeterOptions) {
    this.#options = options;
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

  /** Walks once a second from now on. */
  start(): void {
    if (this.#reads) this.#timer = setInterval(() => this.walk(), WALK_EVERY_MS).unref();
  }

  /** Walks no more; ends are counted all the same. */
  stop(): void {
    clearInterval(this.#timer);
  }

  opened(connection: Connection): void {
    const { ephemeral, isWatched } = this.#options;
    const { traffic, netns, last } = connection;
    const flow = flowOf(traffic) ?? this.#begin(connection);
    flow.connection = connection;
    flow.series.opened++;
    this.#enterState(flow, connection);
    if (ephemeral !== undefined && netns === undefined) flow.destination = ephemeral.opened(connection);
    if (isWatched(netns)) {
      this.#touch(flow);
      return;
    }
    flow.takeOver(traffic, infoOf(last));
  }

  changed(connection: Connection, reason: ChangeReason): void {
    const flow = flowOf(connection.traffic);
    if (flow === undefined) return;
    if (reason === ChangeReason.IDiagStateChange) this.#enterState(flow, connection);
    this.#touch(flow);
  }

  closed(connection: Connection, end: ConnectionEnd): void {
    const flow = flowOf(connection.traffic);
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

  late(traffic: Traffic, last: ArchivedRecord | undefined): void {
    const flow = flowOf(traffic);
    if (flow === undefined) return;
    if (last !== undefined) flow.count(traffic, infoOf(last), this.#measured);
    if (flow.vanished !== undefined) this.#endings?.late(flow.series, flow.vanished, last);
    flow.vanished = undefined;
  }

  /** Counts those that had a record since the last time; a slice now, and the others soon. */
  walk(): void {
    // The one before is not through: this one would have to wait anyway.
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
    // What has ended is let go.
    this.#walked = [];
    this.#at = 0;
  }

  /** Counts a living connection up to its last record. */
  #take(flow: Flow): void {
    const { connection } = flow;
    if (!flow.isTouched || connection === undefined) return;
    flow.isTouched = false;
    const info = infoOf(connection.last);
    flow.count(connection.traffic, info, this.#measured);
    if (this.#measured.rtt && info !== undefined) flow.observe(info);
  }

  #touch(flow: Flow): void {
    if (flow.isTouched || !this.#reads) return;
    flow.isTouched = true;
    this.#touched.push(flow);
  }

  #begin({ id, traffic }: Connection): Flow {
    const series = this.#series[this.#options.portGroups.seriesOf(id)];
    if (series === undefined) throw new TypeError('there are fewer series than port groups');
    const flow = new Flow(series);
    traffic.notes = flow;
    return flow;
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
        const flow = connection.netns === undefined ? flowOf(connection.traffic) : undefined;
        if (flow !== undefined) flow.destination = ephemeral.enter(connection);
      }
    }
    return ephemeral?.figures();
  }
}

function flowOf({ notes }: Traffic): Flow | undefined {
  return notes instanceof Flow ? notes : undefined;
}

function infoOf({ attributes }: ArchivedRecord): Uint8Array | undefined {
  return attributes?.[INET_DIAG_INFO] ?? undefined;
}

/** Its number in the metrics. */
function familyNumber({ family }: Connection): number {
  return family === AF_INET6 ? 1 : 0;
}
