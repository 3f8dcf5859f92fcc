import type { ConnectionRow, LimitedBy } from '../../analysis/index.js';
import type { GroupsRequest, ViewRequest } from '../../live/answers/index.js';
import type {
  AlertsJson,
  CompleteJson,
  ConnectionAnswerJson,
  ConnectionHttpJson,
  DeltaEventJson,
  GroupsJson,
  HttpJson,
  OverviewJson,
  RecordingStartedJson,
  StatusJson,
  ViewEventJson,
  ViewJson,
} from '../../live/wire/index.js';

/** Smallest, largest and last value in a cell. */
export interface ExtentJson {
  readonly min: number;
  readonly max: number;
  readonly last: number;
}

/** Stretch of a timeline: what `top` uses of the timeline's JSON. */
export interface TimelineCellJson {
  /** Start of the cell, microseconds since the timeline's start. */
  readonly fromUs: number;
  readonly bytesSent: number | null;
  readonly bytesAcked: number | null;
  readonly bytesReceived: number | null;
  readonly totalRetrans: number | null;
  readonly rttUs: ExtentJson | null;
  readonly minRttUs: ExtentJson | null;
  readonly cwndBytes: ExtentJson | null;
  readonly flightBytes: ExtentJson | null;
  readonly windowBytes: ExtentJson | null;
  readonly limitedUs: Readonly<Partial<Record<LimitedBy, number>>>;
}

/** Connection over time: what `top` uses of the answer of `/connections/{id}/timeline`. */
export interface TimelineJson {
  readonly connection: ConnectionRow;
  /** Time of the first cell, microseconds since 1970; null without cells. */
  readonly startUs: number | null;
  readonly spanUs: number;
  readonly widthUs: number;
  readonly timeline: readonly TimelineCellJson[];
}

/** Range and resolution of a timeline. Absent: all of it, at the source's resolution. */
export interface TimelineRequest {
  readonly fromUs?: number;
  readonly untilUs?: number;
  readonly widthUs?: number;
}

/** Report of a source about a subscription. `lost`: the last state stays; the source tries again by itself. */
export type SourceEvent =
  | { readonly kind: 'view'; readonly view: ViewEventJson }
  | { readonly kind: 'delta'; readonly delta: DeltaEventJson }
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** Kind of a source: a running collector, this process itself, or archives. */
export type SourceMode = 'live' | 'own' | 'archive';

/** Connections to show: of a running collector, of this process, or of archives. */
export interface TopSource {
  readonly mode: SourceMode;
  /** Place of the source for the title, e.g. the path of a socket; empty for this process. */
  readonly place: string;
  status(): Promise<StatusJson>;
  /** @throws SourceError */
  view(request: ViewRequest): Promise<ViewJson>;
  /** Reports a view, and its changes after each generation, at most once in `everyMs`. Returns the function that ends this. */
  subscribe(request: ViewRequest, everyMs: number, listener: (event: SourceEvent) => void): () => void;
  /** @throws SourceError */
  groups(request: GroupsRequest): Promise<GroupsJson>;
  /** @throws SourceError */
  overview(windowUs: number): Promise<OverviewJson>;
  /** Returns all parts of the row of a key. @throws SourceError */
  connection(key: string): Promise<ConnectionAnswerJson>;
  /** @throws SourceError */
  timeline(key: string, range: TimelineRequest): Promise<TimelineJson>;
  /** Returns the hosts of HTTP exchanges. @throws SourceError, also if HTTP is not read */
  http(): Promise<HttpJson>;
  /** Returns rules, alerts and their history. @throws SourceError */
  alerts(): Promise<AlertsJson>;
  /** Returns the last HTTP exchanges of a connection. @throws SourceError, also if HTTP is not read */
  exchanges(key: string): Promise<ConnectionHttpJson>;
  /**
   * Has each record of a connection kept for its timeline, so that its seconds have true extremes, until the returned
   * function is called. A source that cannot do so goes on without.
   */
  watch(key: string): () => void;
  /** Has the flight recorder save what it has of a connection. @throws SourceError, also without a recorder */
  record(key: string): Promise<RecordingStartedJson>;
  /** Begins to read a connection exactly, beside the scans. @throws SourceError */
  beginWatch(key: string, intervalMs: number, forSec: number): Promise<void>;
  /** Ends a watch. @throws SourceError */
  endWatch(watch: string): Promise<void>;
  /** Completes an expression at a position. @throws SourceError */
  complete(text: string, at: number): Promise<CompleteJson>;
  close(): Promise<void>;
}

/** Thrown when a source refuses a request or cannot be reached; the message is for the user. */
export class SourceError extends Error {
  override readonly name = 'SourceError';

  /** @param isWrong true if the request is wrong, false if the source failed */
  constructor(
    message: string,
    readonly isWrong: boolean,
  ) {
    super(message);
  }
}
