/** Watch of a row: exact reads beside the scans. */
export interface RowWatchJson {
  /** Time between two reads. */
  readonly intervalMs: number;
  /** Time of its end, RFC 3339 UTC; null if only the end of the connection or of the collector ends it. */
  readonly untilTime: string | null;
  /** Numbers of the watches that name the connection; those of expressions that chose it are not among them. */
  readonly named: readonly string[];
}

/** Watch of connections. */
export interface WatchJson {
  /** Number of the watch; none is used twice while the collector runs. */
  readonly watch: number;
  /** Expression that chooses connections, also new ones; null if they were named. */
  readonly filter: string | null;
  readonly intervalMs: number;
  /** RFC 3339 UTC. */
  readonly startTime: string;
  /** Time of its end, RFC 3339 UTC; null without one. */
  readonly until: string | null;
  /** UUIDs of the connections that are read for it. */
  readonly connections: readonly string[];
  /** Further connections that match, and are not read because too many are watched. */
  readonly left: number;
}

/** Answer of `/watches`. */
export interface WatchesJson {
  /** RFC 3339 UTC. */
  readonly time: string;
  /** Connections that are read by now, and that may be at a time. */
  readonly reading: number;
  readonly maxConnections: number;
  readonly watches: readonly WatchJson[];
}

/** Body of a POST to `/watches`. One of `filter` and `id` is needed. */
export interface WatchRequestJson {
  /** Expression that chooses open connections, also later ones. */
  readonly filter?: string;
  /** Connection, as in the paths of the API. */
  readonly id?: string;
  /** 1 to 1000; 1 if absent. */
  readonly intervalMs?: number;
  /** 1 to 3600; 60 if absent. */
  readonly forSec?: number;
}
