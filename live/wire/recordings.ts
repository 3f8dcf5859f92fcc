/** Body of POST `/recordings`: what memory has of connections is saved. One of `id` and `filter`. */
export interface RecordingRequestJson {
  /** Id of a connection, as in `/connections/{id}`. */
  readonly id?: string;
  /** Expression; up to 1,000 connections for which it holds, open or lately closed, those with the most traffic first. */
  readonly filter?: string;
  /** Time to look back, such as `60s` (default: as far as memory reaches). */
  readonly before?: string;
  /** Time to go on, up to `10m` (default `0s`). */
  readonly after?: string;
  /** Words for the description of the recording; at most 1,000 letters. */
  readonly note?: string;
}

/** Answer to POST `/recordings`: a recording was begun. */
export interface RecordingStartedJson {
  /** Name of the recording. */
  readonly recording: string;
  readonly state: 'writing';
  /** Number of connections in it. */
  readonly connections: number;
  /** Number of connections left out, because a recording has a limit. */
  readonly left: number;
  /** Bytes that memory has of them by now. */
  readonly bytes: number;
}

/** Recording in the list. */
export interface RecordingJson {
  readonly recording: string;
  readonly state: 'writing' | 'saved' | 'failed';
  /** Reason of a failure; null without. */
  readonly error: string | null;
  /** `manual`, `signal` (SIGUSR2) or `alert`. */
  readonly trigger: string;
  /** Name of the alert's rule; null without. */
  readonly rule: string | null;
  /** Value that fired it; null if unknown. */
  readonly value: number | null;
  /** Condition of the rule, or filter; null without. */
  readonly expression: string | null;
  readonly note: string | null;
  /** Time that was asked for, RFC 3339 UTC. */
  readonly from: string;
  readonly until: string;
  readonly connections: number;
  /** Number of connections left out, because a recording has a limit. */
  readonly left: number;
  readonly records: number;
  /** Bytes of its archives. */
  readonly bytes: number;
  /** Frames of that time that were not made, or lack records. */
  readonly lostFrames: number;
  /** Frames of that time that had left memory before, for lack of room. */
  readonly evicted: number;
}

/** Answer of `/recordings`. */
export interface RecordingsJson {
  /** RFC 3339 UTC. */
  readonly time: string;
  /** Memory of the recorder. */
  readonly memory: {
    readonly bytes: number;
    readonly maxBytes: number;
    /** Time that it reaches back, if there is room, microseconds. */
    readonly windowUs: number;
    readonly connections: number;
  };
  /** Folder of recordings. */
  readonly path: string;
  /** Oldest first. */
  readonly recordings: readonly RecordingJson[];
}
