import type { Registry } from 'prom-client';
import { type CounterBy, counterBy, type Level, level, type Tally, tally } from './by-label.js';

/**
 * Results of requests for recordings. saved: it is complete; failed: it could not be written; refused: nothing was
 * written, because of a limit or because memory had nothing.
 */
export const RECORDING_RESULTS = ['saved', 'failed', 'refused'] as const;
/** One of {@link RECORDING_RESULTS}. */
export type RecordingResult = (typeof RECORDING_RESULTS)[number];

/** Reasons for which a recording is deleted: its age, or the disk space of all. */
export const RECORDING_DELETIONS = ['age', 'size'] as const;
/** One of {@link RECORDING_DELETIONS}. */
export type RecordingDeletion = (typeof RECORDING_DELETIONS)[number];

/** Metrics of the flight recorder; registered only with `-recorder`. */
export interface RecorderMetrics {
  /** Memory of the recorder. */
  readonly bytes: Level;
  /** Frames in memory. */
  readonly frames: Level;
  /** Frames that had to make room before their time. */
  readonly evictedFrames: Tally;
  /** Frames that were not made, because memory was full or compression failed. */
  readonly lostFrames: Tally;
  readonly recordings: CounterBy<RecordingResult>;
  readonly deleted: CounterBy<RecordingDeletion>;
  /** Failures of deleting, or of listing recordings. */
  readonly errors: Tally;
  /** Disk space of all recordings. */
  readonly diskBytes: Level;
}

/** Registers the metrics of the flight recorder. */
export function createRecorderMetrics(registry: Registry): RecorderMetrics {
  return {
    bytes: level(registry, {
      name: 'tcpinfo_recorder_bytes',
      help: 'Number of bytes of memory that the flight recorder takes for frames and their connections.',
    }),
    frames: level(registry, {
      name: 'tcpinfo_recorder_frames',
      help: 'Number of compressed frames in the memory of the flight recorder.',
    }),
    evictedFrames: tally(registry, {
      name: 'tcpinfo_recorder_evicted_frames_total',
      help: 'Number of frames that left the memory of the flight recorder before their time, for lack of room.',
    }),
    lostFrames: tally(registry, {
      name: 'tcpinfo_recorder_lost_frames_total',
      help: 'Number of frames that the flight recorder did not get, or that lack records: compression failed, or too many bytes waited.',
    }),
    recordings: counterBy(
      registry,
      {
        name: 'tcpinfo_recordings_total',
        help: 'Number of recordings that were saved, that could not be written (failed), and that were not begun (refused).',
      },
      'result',
      RECORDING_RESULTS,
    ),
    deleted: counterBy(
      registry,
      {
        name: 'tcpinfo_recordings_deleted_total',
        help: 'Number of recordings that were deleted for their age, or for the disk space of all.',
      },
      'reason',
      RECORDING_DELETIONS,
    ),
    errors: tally(registry, {
      name: 'tcpinfo_recordings_errors_total',
      help: 'Number of failures to list or delete recordings.',
    }),
    diskBytes: level(registry, {
      name: 'tcpinfo_recordings_disk_bytes',
      help: 'Number of bytes of all recordings on disk.',
    }),
  };
}
