import type { CellJson, ShownJson } from '../../view/connection/index.js';
import type { ConnectionAnswerJson } from './answers.js';
import type { NowJson } from './row.js';

/** Answer of `/connections/{id}/timeline`: the object of `show --format=json`, and where it comes from. */
export interface TimelineJson extends ShownJson {
  /** Source of the first cell. */
  readonly source: 'memory' | 'recorder' | 'archive';
  /** Time from which cells are from memory, because the archives end there; microseconds since 1970. */
  readonly memoryFromUs?: number;
  /** Sentence that says why the answer has less than was asked for: a part of the time, or the width of cells. */
  readonly reason?: string;
}

/** Message `view` of a connection's stream, the first one: all parts of the row. */
export interface ConnectionEventJson extends ConnectionAnswerJson {
  readonly time: string;
  readonly generation: number;
}

/**
 * Message `cell` of a connection's stream: timeline cells since the message before, at most the newest 1,000. The last
 * cell of that message may come again, with more data.
 */
export interface CellEventJson {
  readonly time: string;
  readonly generation: number;
  /** Start of the timeline, microseconds since 1970; null without records. */
  readonly startUs: number | null;
  /** Width of each cell in microseconds. */
  readonly widthUs: number;
  readonly cells: readonly CellJson[];
  readonly now: Partial<NowJson> | null;
  /** Sentence that says why cells are wider than asked for; absent if they are not. */
  readonly reason?: string;
  /** Messages that were not sent before this one, because the client had not read the last one. */
  readonly skipped?: number;
}

/** Message `closed` of a connection's stream: the connection has ended, and this is the final row. */
export interface ClosedEventJson extends ConnectionAnswerJson {
  readonly time: string;
  readonly generation: number;
}

/** Message `ping`: there was no other message for 15 s. */
export type PingEventJson = Readonly<Record<string, never>>;

/** Last message `end` of a stream. */
export interface EndEventJson {
  /** `stopping`: the collector ends. `too-large`: a message would have more than 1 MiB. `failed`: a defect. */
  readonly reason: 'stopping' | 'too-large' | 'failed';
  readonly detail?: string;
}
