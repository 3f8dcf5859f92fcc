/** The daemon's Prometheus metrics, by topic, and the text of their page. */

export type { AlertChannel, AlertMetrics, AlertResult } from './alerts.js';
export {
  ARCHIVE_OPERATIONS,
  type ArchiveMetrics,
  type ArchiveOperation,
  DELETION_REASONS,
  type DeletionReason,
  FRAME_REASONS,
  type FrameReason,
  LOSS_REASONS,
  type LossReason,
} from './archive.js';
export type { BuildMetrics } from './build.js';
export type { CounterBy, GaugeBy, HistogramBy } from './by-label.js';
export {
  CONNTRACK_LOOKUP_RESULTS,
  type ConntrackFigures,
  type ConntrackLookupResult,
  type ConntrackMetrics,
} from './conntrack.js';
export type { EventOutcomeLabel } from './destroy.js';
export type { Durations } from './duration-histogram.js';
export { CLIENT_DROP_REASONS, type ClientDropReason, type EventMetrics } from './events.js';
export {
  EXCHANGE_CODES,
  EXCHANGE_METHODS,
  EXCHANGE_SIDES,
  type ExchangeCode,
  type ExchangeMethod,
  type ExchangeMetrics,
  type ExchangeMetricsOptions,
  type ExchangeSeries,
  type ExchangeSide,
  type PacketFigures,
} from './exchanges.js';
export { CONTENT_TYPES, type ExpositionFormat, renderMetrics } from './exposition.js';
export {
  createForwardMetrics,
  type ForwardMetrics,
  type ForwardMetricsOptions,
} from './forward.js';
export {
  HTTP_END_REASONS as END_REASONS,
  HTTP_SIDES as SIDES,
  type HttpEndReason as EndReason,
  type HttpMetrics,
  type HttpSide as Side,
} from './http.js';
export type { ListenerFigures, ListenerPort } from './listeners.js';
export {
  LIVE_ARCHIVE_READS,
  LIVE_CODES,
  LIVE_EVICTIONS,
  LIVE_REJECTIONS,
  type LiveArchiveRead,
  type LiveCode,
  type LiveEviction,
  type LiveMetrics,
  type LiveRejection,
} from './live.js';
export { createMetrics, type Metrics, type MetricsOptions } from './metrics.js';
export { NAMESPACE_OPERATIONS, type NamespaceMetrics, type NamespaceOperation } from './namespaces.js';
export {
  type EphemeralFigures,
  NETWORK_LIMITS,
  NETWORK_STATES,
  type NetworkLimit,
  type NetworkMetrics,
  type NetworkMetricsOptions,
  type NetworkState,
  PortSeries,
} from './network.js';
export { NETWORK_METRIC_GROUPS, type NetworkMetricGroup, OTHER_PORTS, type PortSide } from './network-groups.js';
export {
  LOOKUP_RESULTS,
  type LookupResultLabel,
  type ProcessSearchMetrics,
  SEARCH_OPERATIONS,
  type SearchOperation,
} from './process-search.js';
export {
  RECORDING_DELETIONS,
  RECORDING_RESULTS,
  type RecorderMetrics,
  type RecordingDeletion,
  type RecordingResult,
} from './recorder.js';
export type { RecordingMetrics } from './recording.js';
export type { AddressFamilyLabel, FlowEventLabel, ReferenceMetrics, ScrapeCode, ScrapeMetrics } from './reference.js';
export {
  CHANGE_REASONS,
  type ChangeReasonLabel,
  DISCARD_REASONS,
  type DiscardReason,
  OMITTED_REASONS,
  type OmittedReason,
  SCAN_FAILURES,
  SCAN_RESULTS,
  type ScanFailureLabel,
  type ScanMetrics,
  type ScanResult,
  SKIP_REASONS,
  type SkipReason,
  SOCKET_FAMILIES,
  type SocketFamily,
  scanFailureLabel,
} from './scan.js';
export type { ServiceFigures } from './service-figures.js';
export {
  SERVICE_DESTROY_RESULTS,
  SERVICE_ENFORCEMENT_ERRORS,
  type ServiceDestroyResult,
  type ServiceEnforcementError,
  type ServiceMetrics,
  serviceRtt,
  type WatchedServiceFigures,
} from './services.js';
export { STREAM_LOSS_REASONS, type StreamLossReason, type StreamMetrics } from './stream.js';
export {
  createUploadMetrics,
  UPLOAD_RESULTS,
  type UploadMetrics,
  type UploadMetricsOptions,
  type UploadResult,
} from './upload.js';
export { WATCH_READS, type WatchMetrics, type WatchReadLabel } from './watch.js';
