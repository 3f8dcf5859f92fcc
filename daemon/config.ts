import type { DestroyEventsMode, PortGroup } from '../collector/index.js';
import type { NamespaceTarget } from '../host/index.js';
import type { ListenAddress } from '../http/index.js';
import type { FilterRule } from '../inetdiag/index.js';
import type { NetworkMetricGroup } from '../metrics/index.js';
import type { AnonymizeMethod } from '../saver/index.js';

/** Configuration of the daemon, checked. */
export interface Config {
  readonly intervalNs: number;
  /** CPU time that scans may take for each unit of time, up to 1; absent: any. */
  readonly cpuBudget?: number;
  readonly destroyEvents: DestroyEventsMode;
  /** Network namespaces that are recorded besides its own; absent: none. */
  readonly netns?: readonly NamespaceTarget[];
  /** 0: for ever. */
  readonly reps: number;
  /** Absolute. */
  readonly output: string;
  /** Absolute. */
  readonly uuidPrefixFile?: string;
  /** Whether the prefix is made of what is unique to the machine's boot. */
  readonly uuidPrefixAuto: boolean;
  readonly rotateMs: number;
  readonly flushAgeMs: number;
  /** 0: nothing is synced. */
  readonly syncMs: number;
  /** Whether records and files say how they were made. */
  readonly provenance: boolean;
  /** Closed archives that were last written to longer ago are deleted; absent: never. */
  readonly keepMs?: number;
  /** What closed archives may take on disk before the oldest are deleted, bytes; absent: anything. */
  readonly maxArchiveBytes?: number;
  /** What may wait in memory, bytes; absent when it is to fit the machine. */
  readonly maxBufferedBytes?: number;
  /** Mode of archives, before the umask. */
  readonly fileMode: number;
  readonly excludedSrcPorts: readonly number[];
  readonly excludedDstAddressKeys: readonly string[];
  /** Rules of `-filter`. */
  readonly filterRules: readonly FilterRule[];
  /** Whether the kernel is to leave out what it can. */
  readonly filterInKernel: boolean;
  /** Whether to say what is left out, and nothing else. */
  readonly explainFilter: boolean;
  readonly anonymize: AnonymizeMethod;
  readonly metricsAddress: ListenAddress;
  /** Ports whose connections are measured apart from others; they share none. */
  readonly portGroups: readonly PortGroup[];
  /** Network metrics that are not wanted. */
  readonly disabledMetrics: readonly NetworkMetricGroup[];
  /** Absolute. */
  readonly eventSocket?: string;
  /** Whether a new event client is told of what is open. */
  readonly eventsReplay: boolean;
  /** Whether events carry numbers, losses and last counters. */
  readonly eventsV2: boolean;
  readonly debug: boolean;
  readonly trace: boolean;
}
