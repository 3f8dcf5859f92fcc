import { Registry } from 'prom-client';
import { type ArchiveMetrics, createArchiveMetrics } from './archive.js';
import { type BuildMetrics, createBuildMetrics } from './build.js';
import { createDestroyMetrics, type DestroyMetrics } from './destroy.js';
import { createEventMetrics, type EventMetrics } from './events.js';
import { createHttpMetrics, type HttpMetrics } from './http.js';
import { createNamespaceMetrics, type NamespaceMetrics } from './namespaces.js';
import { createNetworkMetrics, type NetworkMetrics, type NetworkMetricsOptions } from './network.js';
import { createProcessMetrics } from './process.js';
import { createReferenceMetrics, type ReferenceMetrics } from './reference.js';
import { createScanMetrics, type ScanMetrics } from './scan.js';
import { createTrafficMetrics, type TrafficMetrics } from './traffic.js';

/** What {@link createMetrics} has to be told. */
export interface MetricsOptions {
  /** Version of the program, for `tcpinfo_build_info`. */
  readonly version: string;
  /** Short git hash of the build, for `git_short_commit` (default: none, which shows as 0). */
  readonly commit?: string;
  /** Whether to register `process_*` and `nodejs_*` too (default true). They watch the event loop and the collector. */
  readonly processMetrics?: boolean;
  /** Port groups, and which network metrics are not wanted (default: no port group, all metrics). */
  readonly network?: NetworkMetricsOptions;
}

/** Everything that is measured, by topic. Whoever does the work is handed its topic and counts there. */
export interface Metrics {
  /** Holds every metric; render it with `renderMetrics`. */
  readonly registry: Registry;
  /** Those of m-lab/tcp-info, under its names. */
  readonly reference: ReferenceMetrics;
  readonly scan: ScanMetrics;
  readonly destroy: DestroyMetrics;
  readonly namespaces: NamespaceMetrics;
  readonly traffic: TrafficMetrics;
  readonly network: NetworkMetrics;
  readonly archive: ArchiveMetrics;
  readonly events: EventMetrics;
  readonly http: HttpMetrics;
  readonly build: BuildMetrics;
}

/** A registry of its own with every metric in it, at zero where the label values are known. */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  if (options.processMetrics ?? true) {
    createProcessMetrics(registry);
  }
  return {
    registry,
    reference: createReferenceMetrics(registry, options.commit ?? 'No commit specified'),
    scan: createScanMetrics(registry),
    destroy: createDestroyMetrics(registry),
    namespaces: createNamespaceMetrics(registry),
    traffic: createTrafficMetrics(registry),
    network: createNetworkMetrics(registry, options.network),
    archive: createArchiveMetrics(registry),
    events: createEventMetrics(registry),
    http: createHttpMetrics(registry),
    build: createBuildMetrics(registry, options.version),
  };
}
