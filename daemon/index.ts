/** Wires the collector, the saver and the subscribers of live connections into one process. */

export { type AlertsSettings, loadAlerts } from './alerts.js';
export {
  type AlertsConfig,
  ARCHIVED_FLOWS,
  CONNTRACK_MODES,
  type Config,
  type ConntrackConfig,
  type HttpConfig,
  type LiveConfig,
  PROCESS_MODES,
  type ProcessConfig,
  type ProcessMode,
  type RecordConfig,
  type RecorderConfig,
  type ServicesConfig,
  type WatchSettings,
} from './config.js';
export { loadConntrack } from './conntrack.js';
export { Daemon, type Started } from './daemon.js';
export { keepHeapSmall } from './heap.js';
export { HttpReadError, loadHttp } from './http.js';
export { memoryBudget } from './memory-budget.js';
export { OutputFolderError as OutputError } from './output-folder.js';
export { loadRecorder } from './recorder.js';
export type { LoadedRecording, Replay } from './recording.js';
export { loadUuidPrefix, type UuidPrefix, UuidPrefixError } from './uuid-prefix.js';
