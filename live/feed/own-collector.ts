import { ConnectionCache, type ConnectionObserver, type Exclusions, type StateSlots } from '../../cache/index.js';
import {
  Collector,
  type DestroyEventsMode,
  FOREIGN_MAX_RECENTLY_CLOSED,
  type NamespacesOptions,
} from '../../collector/index.js';
import { compileFilter } from '../../inetdiag/index.js';
import type { Logger } from '../../log/index.js';
import { createMetrics } from '../../metrics/index.js';
import type { NetlinkAddon, ScanFigures } from '../../native/index.js';
import type { Netns } from '../../parse/index.js';
import type { WatchedNamespaces } from './watched.js';

/** Network namespaces beside the own one. */
export interface OtherNamespaces extends Pick<NamespacesOptions, 'targets' | 'onEntered' | 'onLeft'> {
  /** Returns the prefix of UUIDs in a namespace. */
  readonly uuidPrefixIn: (netns: Netns) => string;
}

/** Options of {@link createOwnCollector}. */
export interface OwnCollectorOptions {
  readonly netlink: NetlinkAddon;
  readonly uuidPrefix: string;
  readonly intervalNs: number;
  /** Share of one core that scans may take, up to 1; absent: no limit. */
  readonly cpuBudget?: number;
  readonly destroyEvents: DestroyEventsMode;
  readonly exclusions: Exclusions;
  readonly observers: readonly ConnectionObserver[];
  readonly slots: StateSlots;
  readonly watched: WatchedNamespaces;
  /** Other network namespaces; absent: only the own one. */
  readonly namespaces?: OtherNamespaces;
  readonly log: Logger;
  /** Called after each scan. */
  readonly onScan?: (scan: ScanFigures) => void;
}

/**
 * Creates a collector that only fills a live store: for connections that the daemon does not record, or without a
 * daemon. It has metrics of its own, which are not shown, so that those of the daemon describe only what is recorded.
 */
export function createOwnCollector(options: OwnCollectorOptions): Collector {
  const { netlink, uuidPrefix, exclusions, observers, slots, watched, namespaces, log, onScan } = options;
  const common = { exclusions, observers, slots };
  const metrics = createMetrics({ version: '', processMetrics: false });
  return new Collector({
    intervalNs: options.intervalNs,
    ...(options.cpuBudget === undefined ? {} : { cpuBudget: options.cpuBudget }),
    gather: true,
    destroyEvents: options.destroyEvents,
    filter: compileFilter(exclusions.rules),
    cache: new ConnectionCache({ uuidPrefix, ...common }),
    ...(namespaces === undefined ? {} : { namespaces: otherCaches(namespaces, common, metrics) }),
    traffic: watched,
    metrics,
    log: namespaces === undefined ? log : withoutNotes(log),
    createPoller: (pollerOptions, onBatch) => new netlink.Poller(pollerOptions, onBatch),
    ...(onScan === undefined ? {} : { onScan }),
  });
}

/** Returns a logger whose notes are debug lines: the daemon logs the namespaces that it enters and leaves. */
function withoutNotes(log: Logger): Logger {
  return {
    isDebug: log.isDebug,
    debug: (msg, fields) => log.debug(msg, fields),
    info: (msg, fields) => log.debug(msg, fields),
    warn: (msg, fields) => log.warn(msg, fields),
    error: (msg, fields) => log.error(msg, fields),
  };
}

/** Returns namespaces with a cache for each. */
function otherCaches(
  { uuidPrefixIn, ...namespaces }: OtherNamespaces,
  common: Pick<OwnCollectorOptions, 'exclusions' | 'observers' | 'slots'>,
  metrics: NamespacesOptions['metrics'],
): Omit<NamespacesOptions, 'log'> {
  return {
    ...namespaces,
    metrics,
    createCache: (netns) =>
      new ConnectionCache({
        uuidPrefix: uuidPrefixIn(netns),
        netns,
        ...common,
        maxRecentlyClosed: FOREIGN_MAX_RECENTLY_CLOSED,
      }),
  };
}
