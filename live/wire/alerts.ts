/** Beginning or end of an alert, as the API, streams and `tcp-info alerts test` show it. */
export interface AlertTransitionJson {
  /** Number of the transition since the start of the collector, from 1. */
  readonly seq: number;
  /** Number of the second after which it was found: the id of messages of streams. */
  readonly generation: number;
  /** Time, RFC 3339 UTC. */
  readonly time: string;
  /** Name of the rule. */
  readonly name: string;
  readonly severity: 'info' | 'warning' | 'critical';
  /** `resolved`: it is clear, or its connection has ended. `ended`: the rule or the collector has. */
  readonly state: 'firing' | 'resolved' | 'ended';
  /** Reason of an end: `cleared`, `unknown`, `closed`, `removed`, `shutdown`; null for `firing`. */
  readonly reason: 'cleared' | 'unknown' | 'closed' | 'removed' | 'shutdown' | null;
  /** Connection, group or host that it is about. */
  readonly labels: Readonly<Record<string, string>>;
  /** UUID of the connection; null for others. */
  readonly uuid: string | null;
  /** Value that made it fire, or the last one known; null without one. */
  readonly value: number | null;
  /** Worst value while it fired. */
  readonly worst: number | null;
  /** Unit of the values: `us`, `B`, `B/s`, or empty. */
  readonly unit: string;
  /** Time since when the condition holds, or when it fired, RFC 3339 UTC. */
  readonly since: string;
  /** Time for which it fired, microseconds; null for `firing`. */
  readonly durationUs: number | null;
  /** Ending of the connection; null while it is open, and for others. */
  readonly howEnded: string | null;
  /** True if it was told on the channels of its rule; false if it is silenced, or one of too many. */
  readonly told: boolean;
}

/** Alert of one connection, group or host that is not idle. */
export interface AlertInstanceJson {
  readonly name: string;
  readonly state: 'pending' | 'firing' | 'recovering';
  /** Time since when it is in its state, RFC 3339 UTC. */
  readonly since: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Key of the connection's row; null for others. */
  readonly key: string | null;
  /** Last known value. */
  readonly value: number | null;
  readonly told: boolean;
}

/** Rule of alerts, and how many of its alerts are in which state. */
export interface AlertRuleJson {
  readonly name: string;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly description: string | null;
  /** The condition, as it is in the file. */
  readonly when: string;
  /** Number that the rule is about, as it is written; null without one. */
  readonly value: string | null;
  readonly unit: string;
  readonly forUs: number;
  readonly clearForUs: number;
  readonly pending: number;
  readonly firing: number;
  readonly recovering: number;
  /** Time until which nothing is told, RFC 3339 UTC; null if it is not silenced. */
  readonly silencedUntil: string | null;
}

/** Answer of `/alerts`. */
export interface AlertsJson {
  readonly time: string;
  readonly rules: readonly AlertRuleJson[];
  /** Number of alerts that are not idle; `instances` has the first 1,000, firing ones first. */
  readonly instanceCount: number;
  readonly instances: readonly AlertInstanceJson[];
  /** The last 1,000 transitions, the newest first. */
  readonly history: readonly AlertTransitionJson[];
}

/** Body of `/alerts/{name}/silence`. */
export interface AlertSilenceJson {
  /** Seconds for which nothing is told; 0 ends the silence. */
  readonly forSec: number;
}

/** Answer of `/alerts/{name}/silence`. */
export interface AlertSilencedJson {
  readonly name: string;
  /** Time until which nothing is told, RFC 3339 UTC; null if it is not silenced. */
  readonly silencedUntil: string | null;
}
