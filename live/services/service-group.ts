import { type Durations, serviceRtt, type WatchedServiceFigures } from '../../metrics/index.js';
import type { Netns } from '../../parse/index.js';
import type { ServiceAddress } from '../../services/attribution/index.js';
import type { ServiceConfig } from '../../services/config/index.js';
import { Bans, CLOSE_REASONS, REJECT_REASONS } from '../../services/limits/index.js';
import { ServiceState } from './service-state.js';

/** Options of {@link ServiceGroup}. */
export interface ServiceGroupOptions {
  /** False to count only, whatever the configuration limits. */
  readonly hasLimits: boolean;
  /** Connections that a scan from this time on finds first are new, in nanoseconds since the epoch. */
  readonly sinceNs: bigint;
}

type Counts = Omit<WatchedServiceFigures, 'service' | 'connections' | 'clients' | 'rtt'>;

/** One service of the file, in all network namespaces that are watched. */
export class ServiceGroup implements ServiceAddress {
  readonly rtt: Durations = serviceRtt();
  /** True once the file no longer has it. */
  isRemoved = false;
  /** Addresses that commands refuse, in all network namespaces. */
  readonly bans = new Bans();
  readonly #hasLimits: boolean;
  readonly #states = new Map<Netns | undefined, ServiceState>();
  #config: ServiceConfig;
  #sinceNs: bigint;
  #draining: { readonly untilMs: number; lookedMs: number } | undefined;
  /** Counts of namespaces that are no longer watched. */
  #left: Counts = noCounts();

  constructor(config: ServiceConfig, { hasLimits, sinceNs }: ServiceGroupOptions) {
    this.#config = config;
    this.#hasLimits = hasLimits;
    this.#sinceNs = sinceNs;
    this.in(undefined);
  }

  /** Connections that a scan from this time on finds first are new, in nanoseconds since the epoch. */
  get sinceNs(): bigint {
    return this.#sinceNs;
  }

  get config(): ServiceConfig {
    return this.#config;
  }

  get listenHost(): string | undefined {
    return this.#config.listenHost;
  }

  get listenPorts(): ServiceConfig['listenPorts'] {
    return this.#config.listenPorts;
  }

  /** True while all connections are ended, new ones included. */
  get isDraining(): boolean {
    return this.#draining !== undefined;
  }

  /** Ends new connections from now on; open ones have `wait_timeout`. A second call changes nothing. */
  drain(nowMs: number): void {
    this.#draining ??= { untilMs: nowMs + this.#config.waitTimeoutMs, lookedMs: Number.NEGATIVE_INFINITY };
    for (const { limits } of this.states()) limits.stop();
  }

  /** Lets connections be again. */
  undrain(): void {
    this.#draining = undefined;
    for (const { limits } of this.states()) limits.resume();
  }

  /** Returns when all connections are to be ended; undefined without a drain, or if the last look was just now. */
  nextDrain(nowMs: number, lookMs: number): number | undefined {
    const draining = this.#draining;
    if (draining === undefined || nowMs - draining.lookedMs < lookMs) return undefined;
    draining.lookedMs = nowMs;
    return draining.untilMs;
  }

  /** Service in each network namespace where it had a connection, the own one first. */
  states(): IterableIterator<ServiceState> {
    return this.#states.values();
  }

  /** Returns the service in a network namespace; undefined is the own one. Limits hold in each by itself. */
  in(netns: Netns | undefined): ServiceState {
    const known = this.#states.get(netns);
    if (known !== undefined) return known;
    const state = new ServiceState(this, netns, { hasLimits: this.#hasLimits, unixMs: Date.now() });
    if (this.isDraining) state.limits.stop();
    this.#states.set(netns, state);
    return state;
  }

  /** Forgets a network namespace; its counts stay. */
  left(netns: Netns): void {
    const state = this.#states.get(netns);
    if (state === undefined) return;
    this.#states.delete(netns);
    this.#left = sum(this.#left, state.figures());
  }

  /**
   * Replaces the configuration; counts and connections stay.
   * @param sinceNs as in {@link ServiceGroupOptions}, if it has other ports or another address now
   */
  continuedAs(config: ServiceConfig, nowMs: number, sinceNs: bigint | undefined): this {
    this.#config = config;
    this.#sinceNs = sinceNs ?? this.#sinceNs;
    for (const state of this.#states.values()) state.reconfigure(nowMs);
    return this;
  }

  /** Returns the figures by now, of all namespaces. */
  figures(): WatchedServiceFigures {
    let [connections, clients, counts] = [0, 0, this.#left];
    for (const state of this.#states.values()) {
      const figures = state.figures();
      connections += figures.connections;
      clients += figures.clients;
      counts = sum(counts, figures);
    }
    return { service: this.#config.name, connections, clients, ...counts, rtt: this.rtt };
  }
}

function noCounts(): Counts {
  const zeros = (reasons: readonly string[]): Record<string, number> =>
    Object.fromEntries(reasons.map((reason) => [reason, 0]));
  return {
    accepted: 0,
    rejected: zeros(REJECT_REASONS),
    closed: zeros(CLOSE_REASONS),
    receivedBytes: 0,
    sentBytes: 0,
  };
}

function sum(a: Counts, b: Counts): Counts {
  return {
    accepted: a.accepted + b.accepted,
    rejected: sumEach(a.rejected, b.rejected),
    closed: sumEach(a.closed, b.closed),
    receivedBytes: a.receivedBytes + b.receivedBytes,
    sentBytes: a.sentBytes + b.sentBytes,
  };
}

function sumEach(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(a).map(([reason, count]) => [reason, count + (b[reason] ?? 0)]));
}
