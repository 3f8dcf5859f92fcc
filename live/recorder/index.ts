/** Flight recorder: the last records of every connection in memory, written to recordings on demand. */
export {
  MAX_RECORDED,
  MAX_RECORDINGS,
  Recorder,
  type RecorderMemory,
  type RecorderOptions,
  type RecorderSettings,
} from './recorder.js';
export { RecorderError } from './recorder-error.js';
export type { RecordedConnection, RecordingSummary } from './recording-summary.js';
export {
  type ConnectionRecorder,
  RECORD_TRIGGERS,
  type RecordEnd,
  type RecordOutcome,
  type RecordRefusal,
  type RecordRequest,
  type RecordTrigger,
} from './request.js';
