import { ConnectionCache, type Exclusions } from '../cache/index.js';
import type { ExchangeCollector } from '../collector/http/index.js';
import { Collector, type CollectorOptions, FOREIGN_MAX_RECENTLY_CLOSED } from '../collector/index.js';
import type { KernelFilter } from '../inetdiag/index.js';
import type { Logger } from '../log/index.js';
import type { Metrics } from '../metrics/index.js';
import type { ScanFigures } from '../native/index.js';
import type { Netns } from '../parse/index.js';
import type { AddressBooks } from './address-books.js';
import type { Config } from './config.js';
import type { MemoryBudget } from './memory-budget.js';
import type { Observers } from './observers.js';
import type { Run } from './recording.js';
import { type UuidPrefix, uuidPrefixIn } from './uuid-prefix.js';
import type { WatchedNamespaces } from './watched-namespaces.js';

/** Parts from which the collector is made. */
export interface CollectorParts {
  readonly config: Config;
  readonly prefix: UuidPrefix;
  readonly exclusions: Exclusions;
  /** Filter that runs in the kernel; undefined when it is off. */
  readonly filter: KernelFilter | undefined;
  readonly observers: Observers;
  readonly run: Run;
  /** Reads HTTP; absent without `-http.ports`. */
  readonly exchanges?: ExchangeCollector | undefined;
  readonly addresses: AddressBooks;
  readonly watched: WatchedNamespaces;
  readonly budget: MemoryBudget;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Called after each scan of the own namespace. */
  readonly onScan: (scan: ScanFigures) => void;
}

/** Creates the collector, with a cache for its own network namespace and one for each other that it will record. */
export function createCollector(parts: CollectorParts): Collector {
  const { config, prefix, run, filter, addresses, watched, budget, metrics, log, onScan } = parts;
  const { all: observers, slots, traffic, network, flows, services } = parts.observers;
  const { exclusions } = parts;
  const common = { exclusions, observers, slots };
  const cache = new ConnectionCache({ uuidPrefix: prefix.text, ...common });
  const createCache = (netns: Netns): ConnectionCache => {
    const uuidPrefix = uuidPrefixIn(prefix.text, netns, run.origin.kernel);
    return new ConnectionCache({ uuidPrefix, netns, ...common, maxRecentlyClosed: FOREIGN_MAX_RECENTLY_CLOSED });
  };
  const targets = config.netns ?? (run.player === undefined ? undefined : []);
  const namespaces: CollectorOptions['namespaces'] = targets && {
    targets,
    createCache,
    onEntered: (netns, fd, source) => {
      run.recorder?.entered(netns, source);
      addresses.entered(netns, fd);
      watched.entered(netns, fd);
      flows?.entered(netns, fd);
      services?.entered(netns, fd);
      parts.exchanges?.entered(netns, fd);
    },
    onLeft: (netns) => {
      parts.exchanges?.left(netns);
      addresses.left(netns);
      watched.left(netns);
      flows?.left(netns);
      services?.left(netns);
    },
    metrics,
  };
  return new Collector({
    intervalNs: config.intervalNs,
    destroyEvents: config.destroyEvents,
    ...(filter === undefined ? {} : { filter }),
    ...(config.cpuBudget === undefined ? {} : { cpuBudget: config.cpuBudget }),
    maxPendingBytes: budget.maxPendingBytes,
    // With -reps, report every scan separately.
    gather: config.reps === 0,
    cache,
    ...(namespaces === undefined ? {} : { namespaces }),
    traffic,
    ...(services === undefined
      ? {}
      : { watched: services.collectorOptions(filter === undefined ? undefined : exclusions.rules) }),
    ...(network.listeners === undefined ? {} : { listeners: network.listeners }),
    metrics,
    log,
    createPoller: run.createPoller,
    ...(run.clock === undefined ? {} : { now: run.clock.timestamp.bind(run.clock) }),
    onScan,
  });
}
