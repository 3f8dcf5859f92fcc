import { ConnectionCache, type ConnectionObserver, type Exclusions, type StateSlots } from '../../cache/index.js';
import { Collector, type DestroyEventsMode } from '../../collector/index.js';
import { compileFilter } from '../../inetdiag/index.js';
import type { Logger } from '../../log/index.js';
import { createMetrics } from '../../metrics/index.js';
import type { NetlinkAddon, ScanFigures } from '../../native/index.js';
import type { WatchedNamespaces } from './watched.js';

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
  readonly log: Logger;
  /** Called after each scan. */
  readonly onScan?: (scan: ScanFigures) => void;
}

/**
 * Creates a collector that only fills a live store: for connections that the daemon does not record, or without a
 * daemon. It has metrics of its own, which are not shown, so that those of the daemon describe only what is recorded.
 */
export function createOwnCollector(options: OwnCollectorOptions): Collector {
  const { netlink, uuidPrefix, exclusions, observers, slots, watched, log, onScan } = options;
  return new Collector({
    intervalNs: options.intervalNs,
    ...(options.cpuBudget === undefined ? {} : { cpuBudget: options.cpuBudget }),
    gather: true,
    destroyEvents: options.destroyEvents,
    filter: compileFilter(exclusions.rules),
    cache: new ConnectionCache({ uuidPrefix, exclusions, observers, slots }),
    traffic: watched,
    metrics: createMetrics({ version: '', processMetrics: false }),
    log,
    createPoller: (pollerOptions, onBatch) => new netlink.Poller(pollerOptions, onBatch),
    ...(onScan === undefined ? {} : { onScan }),
  });
}
