import type { DestroyEventsMode } from '../collector/index.js';
import type { NamespaceTarget } from '../host/index.js';
import type { FilterRule } from '../inetdiag/index.js';
import type { ListenAddress } from '../live/http/index.js';
import type { PortGroup } from '../live/network/index.js';
import type { RecorderSettings } from '../live/recorder/index.js';
import type { LiveSettings } from '../live/service/index.js';
import type { EnforceMode } from '../live/services/index.js';
import type { StreamSettings } from '../live/stream/index.js';
import type { NetworkMetricGroup } from '../metrics/index.js';
import type { AnonymizeMethod } from '../saver/index.js';

/** Modes of looking up processes: as needed, never, or always from /proc. */
export const PROCESS_MODES = ['auto', 'off', 'proc'] as const;
/** One of {@link PROCESS_MODES}. */
export type ProcessMode = (typeof PROCESS_MODES)[number];

/** Configuration of the look-up of processes. */
export interface ProcessConfig {
  readonly mode: ProcessMode;
  /** Share of one core, up to 1. */
  readonly cpuBudget: number;
  /** True to write the process of a connection into its archive. */
  readonly inArchives: boolean;
}

/** Modes of looking up flows in connection tracking: never, if it is possible, or refuse to start without. */
export const CONNTRACK_MODES = ['off', 'auto', 'on'] as const;
/** One of {@link CONNTRACK_MODES}. */
export type ConntrackMode = (typeof CONNTRACK_MODES)[number];

/** Flows that archives contain: translated ones, or all. */
export const ARCHIVED_FLOWS = ['nat', 'all'] as const;
/** One of {@link ARCHIVED_FLOWS}. */
export type ArchivedFlows = (typeof ARCHIVED_FLOWS)[number];

/** Configuration of the look-up of flows in connection tracking. */
export interface ConntrackConfig {
  readonly mode: ConntrackMode;
  readonly inArchives: ArchivedFlows;
}

/** Configuration of watched services. */
export interface ServicesConfig {
  /** Absolute path of the file. */
  readonly file: string;
  readonly mode: EnforceMode;
}

/** Configuration of alerts. */
export interface AlertsConfig {
  /** Absolute path of the rules. */
  readonly file: string;
  /** True to tell them on the event socket. */
  readonly toEvents: boolean;
  /** Address that they are posted to; absent: none. */
  readonly webhook?: URL;
  /** Absolute path of the token for that; absent: none. */
  readonly tokenFile?: string;
}

/** Configuration of HTTP that is read from packets. */
export interface HttpConfig {
  /** Ports of servers; they do not overlap. */
  readonly ports: readonly { readonly first: number; readonly last: number }[];
  /** True to archive exchanges. */
  readonly inArchives: boolean;
  /** Hosts with metrics of their own, in lower case. */
  readonly hosts: readonly string[];
}

/** Settings of the flight recorder. */
export type RecorderConfig = RecorderSettings;

/** Configuration of watches. */
export interface WatchSettings {
  /** Expressions of `-watch`. */
  readonly filters: readonly string[];
  /** Time between two reads of their connections. */
  readonly intervalMs: number;
  /** Connections that are watched at a time, at most. */
  readonly maxConnections: number;
  /** True to archive every record of a watched connection. */
  readonly inArchives: boolean;
}

/** Configuration of the live API and its store. */
export interface LiveConfig extends LiveSettings {
  /** True to show whole addresses although archives have them cut. */
  readonly fullAddresses: boolean;
}

/** Configuration of the recording of netlink batches. */
export interface RecordConfig {
  /** Absolute path. */
  readonly file: string;
  /** Size of both its files together. */
  readonly maxBytes: number;
}

/** Validated configuration of the daemon. */
export interface Config {
  readonly intervalNs: number;
  /** Share of one core that scans may take, up to 1; absent: no limit. */
  readonly cpuBudget?: number;
  readonly destroyEvents: DestroyEventsMode;
  /** Network namespaces to record besides its own; absent: none. */
  readonly netns?: readonly NamespaceTarget[];
  /** Number of scans; 0: no limit. */
  readonly reps: number;
  /** Absolute path. */
  readonly output: string;
  /** False: no archives are written, and nothing is made in {@link output}. */
  readonly writesArchives: boolean;
  /** Flight recorder; absent: none. */
  readonly recorder?: RecorderConfig;
  /** Absolute path. */
  readonly uuidPrefixFile?: string;
  /** True to build the prefix from what is unique to the machine's boot. */
  readonly uuidPrefixAuto: boolean;
  readonly rotateMs: number;
  readonly flushAgeMs: number;
  /** Time from a write to its fsync; 0: no fsync. */
  readonly syncMs: number;
  /** True to store in records and files how they were made. */
  readonly provenance: boolean;
  /** Age since the last write at which closed archives are deleted; absent: no limit. */
  readonly keepMs?: number;
  /** Disk space of closed archives, beyond which the oldest are deleted, bytes; absent: no limit. */
  readonly maxArchiveBytes?: number;
  /** Data that may wait in memory, bytes; absent: chosen to fit the machine. */
  readonly maxBufferedBytes?: number;
  /** Mode of archives, before the umask. */
  readonly fileMode: number;
  readonly excludedSrcPorts: readonly number[];
  readonly excludedDstAddressKeys: readonly string[];
  /** Rules of `-filter`. */
  readonly filterRules: readonly FilterRule[];
  /** True to let the kernel drop excluded sockets. */
  readonly filterInKernel: boolean;
  /** True to print what is excluded and exit. */
  readonly explainFilter: boolean;
  readonly anonymize: AnonymizeMethod;
  readonly metricsAddress: ListenAddress;
  /** Port groups with network metrics of their own; groups do not overlap. */
  readonly portGroups: readonly PortGroup[];
  /** Groups of network metrics to disable. */
  readonly disabledMetrics: readonly NetworkMetricGroup[];
  /** Absolute path. */
  readonly eventSocket?: string;
  /** True to send new event clients the open connections. */
  readonly eventsReplay: boolean;
  /** True to add numbers, losses and last counters to events. */
  readonly eventsV2: boolean;
  /** Live API; absent: none. */
  readonly live?: LiveConfig;
  /** Watched services; absent: none. */
  readonly services?: ServicesConfig;
  /** Alerts; absent: none. */
  readonly alerts?: AlertsConfig;
  /** HTTP that is read from packets; absent: none. */
  readonly http?: HttpConfig;
  /** Stream of rows for a fleet; absent: none. */
  readonly stream?: StreamSettings;
  /** Watches, which only a live API has. */
  readonly watch: WatchSettings;
  /** Recording of netlink batches; absent: none. */
  readonly record?: RecordConfig;
  readonly process: ProcessConfig;
  readonly conntrack: ConntrackConfig;
  readonly debug: boolean;
  readonly trace: boolean;
}
