/** Causes of a recording: a request of a person, SIGUSR2, an alert. */
export const RECORD_TRIGGERS = ['manual', 'signal', 'alert'] as const;
/** One of {@link RECORD_TRIGGERS}. */
export type RecordTrigger = (typeof RECORD_TRIGGERS)[number];

/** Request for a recording: what memory has of connections, and what comes for a while. */
export interface RecordRequest {
  /** UUIDs of the connections, those that matter most first, because a recording has a limit; or all that memory has. */
  readonly uuids: readonly string[] | 'all';
  /** Time to look back, milliseconds. Memory may reach less far. */
  readonly beforeMs: number;
  /** Time to go on, milliseconds. */
  readonly afterMs: number;
  readonly trigger: RecordTrigger;
  /** Name of the alert's rule. */
  readonly rule?: string;
  /** Value that fired it; null if it is unknown. */
  readonly value?: number | null;
  /** Condition of the rule, or filter of a person. */
  readonly expression?: string;
  /** Words of the person who asked for it. */
  readonly note?: string;
}

/**
 * Reasons for which nothing is recorded. unknown: memory has no record of these connections; busy: too many recordings
 * are being written; repeated: the rule has a recording of these connections already; stopping: the collector stops.
 */
export type RecordRefusal = 'unknown' | 'busy' | 'repeated' | 'stopping';

/** Answer to a {@link RecordRequest}. */
export type RecordOutcome =
  | {
      readonly kind: 'started';
      /** Name of the recording: that of its folder. */
      readonly name: string;
      /** Number of connections in it. */
      readonly connections: number;
      /** Number of connections left out, because a recording has a limit. */
      readonly left: number;
      /** Bytes of frames that memory has of them by now. */
      readonly bytes: number;
      /** Resolves when it is saved, or has failed. Never rejects. */
      readonly ended: Promise<RecordEnd>;
    }
  | { readonly kind: 'refused'; readonly reason: RecordRefusal; readonly detail: string };

/** End of a recording. */
export type RecordEnd =
  | { readonly kind: 'saved'; readonly path: string; readonly records: number; readonly bytes: number }
  | { readonly kind: 'failed'; readonly detail: string };

/** Recorder of connections, as those see it who ask for recordings. */
export interface ConnectionRecorder {
  /** Begins a recording. Returns at once; it is written meanwhile. */
  record(request: RecordRequest): RecordOutcome;
}
