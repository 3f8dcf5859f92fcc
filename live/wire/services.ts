/** Treatment of limits, `-services.enforce`. `new`: connections are ended; `existing`: also those at the start. */
export type EnforceJson = 'off' | 'dry-run' | 'new' | 'existing';

/** Connections of one client of a service by now. */
export interface ServiceClientJson {
  /** Address, or prefix that counts as one client. */
  readonly ip: string;
  readonly connections: number;
  /** Payload from it in its open connections, bytes. */
  readonly up: number;
  /** Payload to it in its open connections, bytes. */
  readonly down: number;
}

/**
 * Statistics of a service in one network namespace since the start of the collector. The first seven keys and their
 * types are those of gihnius/monconn.
 */
export interface ServiceJson {
  /** Address and ports, `10.0.0.1:5432`. */
  readonly sid: string;
  /** Seconds since the start. */
  readonly uptime: number;
  /** Addresses of `clients`, joined with commas. */
  readonly ips: string;
  /** Open connections. */
  readonly connections: number;
  /** Last accept, or data from a client: Unix time in seconds. */
  readonly accessed: number;
  /** Payload from clients, of open connections too, bytes. */
  readonly up: number;
  /** Payload to clients, of open connections too, bytes. */
  readonly down: number;
  readonly name: string;
  readonly mode: 'watched' | 'forwarded' | 'library';
  /** Addresses that listen by now. */
  readonly listen: readonly string[];
  /** Network namespace; null for the collector's own. */
  readonly netns: string | null;
  /** Clients by now, those with the most connections first; may be cut. */
  readonly clients: readonly ServiceClientJson[];
  readonly clientCount: number;
  /** Connections that no rule rejected. */
  readonly accepted: number;
  /** Rejected connections by reason. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Ended connections by reason. */
  readonly closed: Readonly<Record<string, number>>;
  /** Round-trip times of open connections, microseconds; null without any. */
  readonly rttUs: { readonly p50: number | null; readonly p95: number | null };
  /** Share of the payload to clients that was sent again, 0 to 1; null if unknown. */
  readonly retransmitRateBytes: number | null;
  /** Shares of the connections' time by what limits them, 0 to 1. */
  readonly limitedBy: Readonly<Record<string, number>>;
  /** Connections that wait to be accepted, and the limit of the backlog; null if unknown. */
  readonly acceptQueue: { readonly now: number; readonly limit: number } | null;
  /** Longest time without data of an open connection, seconds; null without connections. */
  readonly oldestIdleSec: number | null;
  /** True while a command has it end all connections, new ones included. */
  readonly draining: boolean;
  /** Addresses that commands refuse; none where addresses of clients are not shown. */
  readonly refused: readonly RefusedJson[];
}

/** Address, or prefix, that a command refuses. */
export interface RefusedJson {
  readonly ip: string;
  /** Seconds until it is released; null if only a command does. */
  readonly remainingSec: number | null;
}

/** Answer of `/services` and `/services/{id}`: watched services, each in each network namespace where it was used. */
export interface ServicesJson {
  /** RFC 3339 UTC. */
  readonly time: string;
  readonly enforce: EnforceJson;
  /** In the order of the file. */
  readonly services: readonly ServiceJson[];
}

/** Commands on a service. */
export type ServiceAction = 'reject' | 'release' | 'close' | 'drain' | 'undrain';

/** Duration: seconds, or a text such as `10m`. */
export type DurationJson = number | string;

/** Body of `/services/{id}/reject`. */
export interface ServiceRejectJson {
  /** Address, or prefix without host bits, `10.0.0.0/8`. */
  readonly ip: string;
  /** Time for which it is refused; until it is released or the collector stops if absent. */
  readonly for?: DurationJson;
}

/** Body of `/services/{id}/release`. */
export interface ServiceReleaseJson {
  /** Address or prefix, as it was rejected. */
  readonly ip: string;
}

/** Body of `/services/{id}/close`: connections of an address or prefix, the one of a UUID, or those without data for a time. */
export type ServiceCloseJson = { readonly ip: string } | { readonly uuid: string } | { readonly idle: DurationJson };

/** Body of `/services/{id}/drain` and `/services/{id}/undrain`: an empty object, or nothing. */
export type ServiceEmptyJson = Readonly<Record<never, never>>;

/** Answer to a command on a service. */
export interface ServiceCommandJson {
  /** RFC 3339 UTC. */
  readonly time: string;
  readonly enforce: EnforceJson;
  /** Name of the service. */
  readonly service: string;
  readonly action: ServiceAction;
  /** Open connections that it ends by now, or in a dry run would end. A drain ends more of them later. */
  readonly closed: number;
  /** True if the prefix was refused by a command; null for other commands than `release`. */
  readonly released: boolean | null;
  /** Open connections by now, also those that it ends. */
  readonly connections: number;
  /** True while new connections are ended. */
  readonly draining: boolean;
}
