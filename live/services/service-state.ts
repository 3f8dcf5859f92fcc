import { type Durations, serviceRtt, type WatchedServiceFigures } from '../../metrics/index.js';
import type { ServiceAddress } from '../../services/attribution/index.js';
import { type LimitOptions, NO_LIMITS, type ServiceConfig } from '../../services/config/index.js';
import { ServiceLimits } from '../../services/limits/index.js';
import { ServiceStatistics } from '../../services/statistics/index.js';
import type { ConnectionService, WatchedConnection } from './watched-connection.js';

/** One watched service: its configuration, limits, statistics and open connections. */
export class ServiceState implements ServiceAddress, ConnectionService {
  readonly config: ServiceConfig;
  readonly limits: ServiceLimits<WatchedConnection>;
  readonly statistics: ServiceStatistics;
  /** Connections that count. */
  readonly open = new Set<WatchedConnection>();
  readonly #rtt: Durations = serviceRtt();
  #receivedBytes = 0;
  #sentBytes = 0;

  /** @param hasLimits false to count only, whatever the configuration limits */
  constructor(config: ServiceConfig, { hasLimits, unixMs }: { readonly hasLimits: boolean; readonly unixMs: number }) {
    this.config = config;
    const { ipPrefix } = config.limits;
    this.limits = new ServiceLimits<WatchedConnection>(hasLimits ? config.limits : { ...NO_LIMITS, ipPrefix });
    this.statistics = new ServiceStatistics(unixMs);
  }

  get listenHost(): string | undefined {
    return this.config.listenHost;
  }

  get listenPorts(): ServiceConfig['listenPorts'] {
    return this.config.listenPorts;
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
    if (connection.rttUs !== null) this.#rtt.observe(connection.rttUs);
  }

  /** Returns the figures by now. */
  figures(): WatchedServiceFigures {
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
      service: this.config.name,
      connections,
      clients: clients.size,
      ...{ accepted, rejected, closed },
      receivedBytes: this.#receivedBytes,
      sentBytes: this.#sentBytes,
      rtt: this.#rtt,
    };
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
