/** Recordings of what the poll thread hands over: written while a collector runs, and played to another one. */
export { type AnonymizeRecordingOptions, anonymizeRecording } from './anonymize-recording.js';
export type { RecordingHeader } from './header.js';
export { type PlayCalls, RecordingPlayer, type RecordingPlayerOptions } from './player.js';
export { openRecording, type Recording } from './read-recording.js';
export { NetlinkRecorder, type NetlinkRecorderOptions } from './recorder.js';
export { RecordingError, type RecordingErrorCode } from './recording-error.js';
