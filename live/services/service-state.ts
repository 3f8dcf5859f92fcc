import type { WatchedServiceFigures } from '../../metrics/index.js';
import type { Netns } from '../../parse/index.js';
import { type LimitOptions, NO_LIMITS, type ServiceConfig } from '../../services/config/index.js';
import { type Bans, ServiceLimits } from '../../services/limits/index.js';
import { type AcceptQueue, type ServiceReport, ServiceStatistics } from '../../services/statistics/index.js';
import type { ConnectionService, WatchedConnection } from './watched-connection.js';

/** Sums and numbers of one service in one network namespace. */
export type StateFigures = Omit<WatchedServiceFigures, 'service' | 'rtt'>;

/** Service of the file, of all network namespaces. */
export interface StateGroup {
  readonly config: ServiceConfig;
  readonly isRemoved: boolean;
  /** Addresses that commands refuse. */
  readonly bans: Bans;
  /** Round-trip times of connections at their end, in whole microseconds. */
  readonly rtt: { observe(us: number): void };
}

/** Listening addresses and accept queue of a service by now. */
export interface ListeningPlaces {
  /** `10.0.0.1:5432`. */
  readonly listen: readonly string[];
  /** Null if nothing listens, or if it is unknown. */
  readonly acceptQueue: AcceptQueue | null;
}

/** Service in one network namespace: its limits, statistics and open connections. */
export class ServiceState implements ConnectionService {
  readonly group: StateGroup;
  readonly netns: Netns | undefined;
  readonly limits: ServiceLimits<WatchedConnection>;
  readonly statistics: ServiceStatistics;
  /** Connections that count. */
  readonly open = new Set<WatchedConnection>();
  readonly #hasLimits: boolean;
  #receivedBytes = 0;
  #sentBytes = 0;

  /** @param hasLimits false to count only, whatever the configuration limits */
  constructor(
    group: StateGroup,
    netns: Netns | undefined,
    { hasLimits, unixMs }: { readonly hasLimits: boolean; readonly unixMs: number },
  ) {
    this.group = group;
    this.netns = netns;
    this.#hasLimits = hasLimits;
    this.limits = new ServiceLimits<WatchedConnection>(this.#limitOptions(), group.bans);
    this.statistics = new ServiceStatistics(unixMs);
  }

  get config(): ServiceConfig {
    return this.group.config;
  }

  /** Takes new limits of the configuration. They hold for new connections; lists and times for open ones, too. */
  reconfigure(nowMs: number): void {
    this.limits.reconfigure(this.#limitOptions(), nowMs);
  }

  /** Counts a connection from now on. */
  count(connection: WatchedConnection, unixMs: number): void {
    connection.standing = 'counted';
    this.open.add(connection);
    this.statistics.accepted(unixMs);
  }

  /** Counts the end of a connection that counted. */
  end(connection: WatchedConnection): void {
    connection.standing = 'over';
    this.open.delete(connection);
    this.statistics.closed(connection, connection.closeReason());
    if (connection.rttUs !== null) this.group.rtt.observe(connection.rttUs);
  }

  /** Returns the figures by now. */
  figures(): StateFigures {
    const { accepted, rejected, closed, upBytes, downBytes } = this.statistics.totals(this.open);
    // A FIN is recognised after its byte was counted: the sum must not go back for that.
    this.#receivedBytes = Math.max(this.#receivedBytes, upBytes);
    this.#sentBytes = Math.max(this.#sentBytes, downBytes);
    let connections = 0;
    const clients = new Set<string>();
    for (const connection of this.open) {
      if (connection.isOrphan) continue;
      connections++;
      clients.add(connection.clientKey);
    }
    return {
      connections,
      clients: clients.size,
      ...{ accepted, rejected, closed },
      receivedBytes: this.#receivedBytes,
      sentBytes: this.#sentBytes,
    };
  }

  /** Returns everything by now, in the form of JSON. */
  report(places: ListeningPlaces, nowMs: number, maxClients: number): ServiceReport {
    const { sid, name, mode } = this.config;
    return this.statistics.report({
      identity: { sid, name, mode, listen: places.listen, netns: this.netns?.name ?? null },
      open: [...this.open].filter(({ isOrphan }) => !isOrphan),
      unixMs: Date.now(),
      nowMs,
      acceptQueue: places.acceptQueue ?? undefined,
      maxClients,
    });
  }

  #limitOptions(): LimitOptions {
    const { limits } = this.config;
    return this.#hasLimits ? limits : { ...NO_LIMITS, ipPrefix: limits.ipPrefix };
  }
}

/** Returns the rules of a service that can end connections, as `key value`, in the words of the file. */
export function rulesOf(limits: LimitOptions): string[] {
  const { connLimit, ipLimit, ipConnLimit, blacklist, allowlist } = limits;
  const numbers = { conn_limit: connLimit, ip_limit: ipLimit, ip_conn_limit: ipConnLimit };
  const times = {
    max_idle: limits.maxIdleMs,
    max_lifetime: limits.maxLifetimeMs,
    read_timeout: limits.readTimeoutMs,
    write_timeout: limits.writeTimeoutMs,
  };
  const lists = { ip_blacklist: blacklist.length, ip_allowlist: allowlist.length };
  return [
    ...Object.entries(numbers).flatMap(([key, value]) => (value === 0 ? [] : [`${key} ${value}`])),
    ...Object.entries(times).flatMap(([key, ms]) => (ms === 0 ? [] : [`${key} ${ms / 1_000}s`])),
    ...Object.entries(lists).flatMap(([key, count]) => (count === 0 ? [] : [`${key} of ${count}`])),
  ];
}
