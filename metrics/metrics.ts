import { Registry } from 'prom-client';
import { type AlertMetrics, createAlertMetrics } from './alerts.js';
import { type ArchiveMetrics, createArchiveMetrics } from './archive.js';
import { type BuildMetrics, createBuildMetrics } from './build.js';
import { type ConntrackMetrics, createConntrackMetrics } from './conntrack.js';
import { createDestroyMetrics, type DestroyMetrics } from './destroy.js';
import { createEventMetrics, type EventMetrics } from './events.js';
import { createExchangeMetrics, type ExchangeMetrics, type ExchangeMetricsOptions } from './exchanges.js';
import { createHttpMetrics, type HttpMetrics } from './http.js';
import { createKernelMetrics, type KernelMetrics } from './kernel.js';
import { createLiveMetrics, type LiveMetrics } from './live.js';
import { createNamespaceMetrics, type NamespaceMetrics } from './namespaces.js';
import { createNetworkMetrics, type NetworkMetrics, type NetworkMetricsOptions } from './network.js';
import { createProcessMetrics } from './process.js';
import { createProcessSearchMetrics, type ProcessSearchMetrics } from './process-search.js';
import { createRecorderMetrics, type RecorderMetrics } from './recorder.js';
import { createRecordingMetrics, type RecordingMetrics } from './recording.js';
import { createReferenceMetrics, type ReferenceMetrics } from './reference.js';
import { createScanMetrics, type ScanMetrics } from './scan.js';
import { createServiceMetrics, type ServiceMetrics } from './services.js';
import { createStreamMetrics, type StreamMetrics } from './stream.js';
import { createTrafficMetrics, type TrafficMetrics } from './traffic.js';
import { createWatchMetrics, type WatchMetrics } from './watch.js';

/** Options of {@link createMetrics}. */
export interface MetricsOptions {
  /** Version of the program for `tcpinfo_build_info`. */
  readonly version: string;
  /** Short git hash of the build for `git_short_commit` (default: none, which shows as 0). */
  readonly commit?: string;
  /** Registers `process_*` and `nodejs_*` too (default true). They cover the event loop and the garbage collector. */
  readonly processMetrics?: boolean;
  /** Port groups, and network metrics to leave out (default: no port groups, all metrics). */
  readonly network?: NetworkMetricsOptions;
  /** Registers the metrics of the live store and its API (default false). */
  readonly live?: boolean;
  /** Registers the metrics of the search for processes too (default false). */
  readonly processes?: boolean;
  /** Registers the metrics of looking up flows too (default false). */
  readonly conntrack?: boolean;
  /** Registers the metrics of the flight recorder too (default false). */
  readonly recorder?: boolean;
  /** Registers the metrics of watched services too (default false). */
  readonly services?: boolean;
  /** Registers the metrics of the stream of rows too (default false). */
  readonly stream?: boolean;
  /** Registers the metrics of watches too; the bounds of their lateness, microseconds (default: not). */
  readonly watches?: readonly number[];
  /** Registers the metrics of alerts too (default false). */
  readonly alerts?: boolean;
  /** Registers the metrics of the recording of netlink batches too (default false). */
  readonly recording?: boolean;
  /** Registers the metrics of HTTP exchanges too, unless they are disabled (default: not). */
  readonly exchanges?: ExchangeMetricsOptions;
}

/** All metrics by topic. Each part of the daemon receives its topic and counts there. */
export interface Metrics {
  /** Registry of all metrics; render it with `renderMetrics`. */
  readonly registry: Registry;
  /** Metrics of m-lab/tcp-info, under their original names. */
  readonly reference: ReferenceMetrics;
  readonly scan: ScanMetrics;
  readonly destroy: DestroyMetrics;
  readonly kernel: KernelMetrics;
  readonly namespaces: NamespaceMetrics;
  readonly traffic: TrafficMetrics;
  readonly network: NetworkMetrics;
  readonly archive: ArchiveMetrics;
  readonly events: EventMetrics;
  readonly http: HttpMetrics;
  readonly build: BuildMetrics;
  /** Undefined without {@link MetricsOptions.live}. */
  readonly live: LiveMetrics | undefined;
  /** Absent while processes are not searched for. */
  readonly processes?: ProcessSearchMetrics;
  /** Absent while flows are not looked up. */
  readonly conntrack?: ConntrackMetrics;
  /** Absent without the flight recorder. */
  readonly recorder?: RecorderMetrics;
  /** Absent without watched services. */
  readonly services?: ServiceMetrics;
  /** Absent without a stream of rows. */
  readonly stream?: StreamMetrics;
  /** Absent where there are no watches. */
  readonly watches?: WatchMetrics;
  /** Absent without alerts. */
  readonly alerts?: AlertMetrics;
  /** Absent while netlink batches are not recorded. */
  readonly recording?: RecordingMetrics;
  /** Absent while HTTP is not read from packets, and when its metrics are disabled. */
  readonly exchanges?: ExchangeMetrics;
}

/** Creates a new registry with every metric in it, at zero if the label values are known. */
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
    kernel: createKernelMetrics(registry),
    namespaces: createNamespaceMetrics(registry),
    traffic: createTrafficMetrics(registry),
    network: createNetworkMetrics(registry, options.network),
    archive: createArchiveMetrics(registry),
    events: createEventMetrics(registry),
    http: createHttpMetrics(registry),
    build: createBuildMetrics(registry, options.version),
    live: options.live === true ? createLiveMetrics(registry) : undefined,
    ...(options.processes === true ? { processes: createProcessSearchMetrics(registry) } : {}),
    ...(options.conntrack === true ? { conntrack: createConntrackMetrics(registry) } : {}),
    ...(options.recorder === true ? { recorder: createRecorderMetrics(registry) } : {}),
    ...(options.services === true ? { services: createServiceMetrics(registry) } : {}),
    ...(options.stream === true ? { stream: createStreamMetrics(registry) } : {}),
    ...(options.watches === undefined ? {} : { watches: createWatchMetrics(registry, options.watches) }),
    ...(options.alerts === true ? { alerts: createAlertMetrics(registry) } : {}),
    ...(options.recording === true ? { recording: createRecordingMetrics(registry) } : {}),
    ...(options.exchanges === undefined || options.network?.disabled?.includes('http') === true
      ? {}
      : { exchanges: createExchangeMetrics(registry, options.exchanges) }),
  };
}
